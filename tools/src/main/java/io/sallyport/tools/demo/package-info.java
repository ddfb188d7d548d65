/**
 * {@code sallyport demo}, and what it is made of: throw-away network namespaces, a host that serves, other programs run with a time
 * limit. The system tests use the same parts.
 */
package io.sallyport.tools.demo;
