/**
 * What the gateway writes down of its mappings, so that it can be told later who had a public port: workers put events into a ring each,
 * a thread of its own takes them out, and writes lines of JSON ({@link io.sallyport.event.EventLog}) or sends IPFIX; an
 * {@link io.sallyport.event.EventSearch} finds them again. The file's format is described in docs/events.md.
 */
package io.sallyport.event;
