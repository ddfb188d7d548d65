/** The ports: AF_PACKET rings, AF_XDP sockets, pcap4j live capture, pcap file replay. */
package io.sallyport.io;
