/**
 * What the gateway counts, and the memory-mapped command-and-control file through which other processes read it. A leaf: nothing here
 * knows packets. The enums are the only list of counters and drop reasons; tools and documents are made from them.
 */
package io.sallyport.counter;
