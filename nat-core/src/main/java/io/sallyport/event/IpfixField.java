package io.sallyport.event;

/** Information elements that are exported, with their numbers at IANA and their lengths in bytes. */
enum IpfixField {
    /** observationTimeMilliseconds. */
    TIME(323, 8),
    /** natEvent. */
    NAT_EVENT(230, 1),
    /** sourceIPv4Address: of the inside host. */
    SOURCE_ADDRESS(8, 4),
    /** postNATSourceIPv4Address: its public address. */
    POST_NAT_SOURCE_ADDRESS(225, 4),
    /** protocolIdentifier. */
    PROTOCOL(4, 1),
    /** sourceTransportPort: of the inside host; of ICMP the query identifier. */
    SOURCE_PORT(7, 2),
    /** postNAPTSourceTransportPort: the public port. */
    POST_NAPT_SOURCE_PORT(227, 2),
    /** destinationIPv4Address. */
    DESTINATION_ADDRESS(12, 4),
    /** postNATDestinationIPv4Address: the same. */
    POST_NAT_DESTINATION_ADDRESS(226, 4),
    /** destinationTransportPort. */
    DESTINATION_PORT(11, 2),
    /** postNAPTDestinationTransportPort: the same. */
    POST_NAPT_DESTINATION_PORT(228, 2),
    /** portRangeStart. */
    PORT_RANGE_START(361, 2),
    /** portRangeEnd. */
    PORT_RANGE_END(362, 2),
    /** natInstanceID. */
    NAT_INSTANCE(463, 4),
    /** natQuotaExceededEvent. */
    QUOTA_EXCEEDED_EVENT(466, 4),
    /** maxSessionEntries. */
    MAX_SESSION_ENTRIES(471, 4),
    /** maxEntriesPerUser. */
    MAX_ENTRIES_PER_USER(473, 4);

    private final int id;
    private final int length;

    IpfixField(final int id, final int length) {
        this.id = id;
        this.length = length;
    }

    int id() {
        return id;
    }

    int length() {
        return length;
    }
}
