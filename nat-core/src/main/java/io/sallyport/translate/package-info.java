/**
 * Translation: opening and ending connections, following TCP, and rewriting the packets of a connection. It trusts the columns that the
 * parser filled.
 */
package io.sallyport.translate;
