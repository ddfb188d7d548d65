/**
 * Mappings of inside endpoints to public ones, and the public ports that they take. This package sees addresses and ports as numbers,
 * never packet bytes.
 *
 * <p>Mappings belong to one worker each; ports are shared by all, in blocks that a worker claims by compare-and-set.
 */
package io.sallyport.mapping;
