/** The ports: AF_PACKET rings, pcap4j live capture, pcap file replay. */
package io.sallyport.io;
