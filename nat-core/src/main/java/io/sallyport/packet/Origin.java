package io.sallyport.packet;

/** Who made a packet: the values of the batch's origin column. */
public enum Origin {
    /** A host: the packet is forwarded. */
    RECEIVED,
    /** A host: the packet waited for ARP and is forwarded now. */
    RELEASED,
    /** The gateway: ARP. */
    ARP,
    /** The gateway: answer to a ping of its own address. */
    ECHO_REPLY,
    /** The gateway: an ICMP error. */
    ICMP_ERROR,
    /** The gateway: a TCP reset. */
    RESET,
    /** The gateway: a piece of a packet that was too long for the link and is forwarded so. */
    FRAGMENT
}
