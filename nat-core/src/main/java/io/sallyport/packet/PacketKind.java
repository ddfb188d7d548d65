package io.sallyport.packet;

/** How a packet is translated: the values of the batch's kind column, set by the parser. */
public final class PacketKind {

    /** A protocol that has no ports and no identifier that we know. */
    public static final byte OTHER = 0;
    /** TCP. */
    public static final byte TCP = 1;
    /** UDP. */
    public static final byte UDP = 2;
    /** ICMP request, or the answer to one; its identifier stands for the ports. */
    public static final byte QUERY = 3;
    /**
     * ICMP error. Its key is that of the flow which the quoted packet was an answer to, so that the look-up finds the connection
     * and the owner as if the error were that flow's next packet.
     */
    public static final byte ICMP_ERROR = 4;
    /**
     * Fragment that is not the first: it has no transport header, and only its IP header is translated. Its key is that of its
     * datagram, which the first fragment told.
     */
    public static final byte FRAGMENT = 5;

    private PacketKind() {
    }
}
