/** Memory outside the heap: what tables, rows and frames lie in. Knows nothing of what it holds. */
package io.sallyport.memory;
