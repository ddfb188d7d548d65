/**
 * The way to the next hop: which side and router a destination is reached through ({@link io.sallyport.neighbour.RouteTable}), and which
 * MAC address that router or host has ({@link io.sallyport.neighbour.Neighbours}, which speaks ARP).
 */
package io.sallyport.neighbour;
