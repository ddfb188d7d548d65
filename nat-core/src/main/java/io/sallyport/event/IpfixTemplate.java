package io.sallyport.event;

import java.nio.ByteBuffer;

/**
 * The kinds of records that are exported: what RFC 8158 asks of NAT44 events, field by field, in the order of the record. Information
 * elements are named by their numbers at IANA.
 */
enum IpfixTemplate {
    /** An inside endpoint gets or loses a public one (RFC 8158, section 5.6.5: BIB create and delete). */
    BINDING(256, IpfixField.TIME, IpfixField.NAT_EVENT, IpfixField.SOURCE_ADDRESS, IpfixField.POST_NAT_SOURCE_ADDRESS, IpfixField.PROTOCOL,
        IpfixField.SOURCE_PORT, IpfixField.POST_NAPT_SOURCE_PORT),
    /** The same for one destination (section 5.6.3: session create and delete). */
    SESSION(257, IpfixField.TIME, IpfixField.NAT_EVENT, IpfixField.SOURCE_ADDRESS, IpfixField.POST_NAT_SOURCE_ADDRESS, IpfixField.PROTOCOL,
        IpfixField.SOURCE_PORT, IpfixField.POST_NAPT_SOURCE_PORT, IpfixField.DESTINATION_ADDRESS, IpfixField.POST_NAT_DESTINATION_ADDRESS,
        IpfixField.DESTINATION_PORT, IpfixField.POST_NAPT_DESTINATION_PORT),
    /** A worker, which is the NAT instance, gets or returns a block of ports; it serves more than one host, so the source is 0.0.0.0. */
    PORT_BLOCK(258, IpfixField.TIME, IpfixField.NAT_EVENT, IpfixField.SOURCE_ADDRESS, IpfixField.POST_NAT_SOURCE_ADDRESS,
        IpfixField.PROTOCOL, IpfixField.PORT_RANGE_START, IpfixField.PORT_RANGE_END, IpfixField.NAT_INSTANCE),
    /** No public port is free. */
    PORTS_EXHAUSTED(259, IpfixField.TIME, IpfixField.NAT_EVENT, IpfixField.POST_NAT_SOURCE_ADDRESS, IpfixField.PROTOCOL),
    /** The table of connections is full. */
    SESSIONS_EXCEEDED(260, IpfixField.TIME, IpfixField.NAT_EVENT, IpfixField.QUOTA_EXCEEDED_EVENT, IpfixField.MAX_SESSION_ENTRIES),
    /** A host has as many connections as it may have. */
    HOST_EXCEEDED(261, IpfixField.TIME, IpfixField.NAT_EVENT, IpfixField.QUOTA_EXCEEDED_EVENT, IpfixField.MAX_ENTRIES_PER_USER,
        IpfixField.SOURCE_ADDRESS);

    private final int id;
    private final IpfixField[] fields;
    private final int recordLength;

    IpfixTemplate(final int id, final IpfixField... fields) {
        this.id = id;
        this.fields = fields;
        int length = 0;
        for (final IpfixField field : fields) {
            length += field.length();
        }
        recordLength = length;
    }

    int id() {
        return id;
    }

    /** Length of a record, in bytes. */
    int recordLength() {
        return recordLength;
    }

    /** Length of the template record, in bytes. */
    int templateLength() {
        return 4 + 4 * fields.length;
    }

    /** Writes the template record (RFC 7011, section 3.4.1). */
    void put(final ByteBuffer message) {
        message.putShort((short) id).putShort((short) fields.length);
        for (final IpfixField field : fields) {
            message.putShort((short) field.id()).putShort((short) field.length());
        }
    }
}
