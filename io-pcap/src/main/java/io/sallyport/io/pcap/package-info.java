/** Capture files, read and written, and live capture by way of libpcap. */
package io.sallyport.io.pcap;
