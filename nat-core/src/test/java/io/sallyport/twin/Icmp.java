package io.sallyport.twin;

import java.util.Set;

/** ICMP messages (RFC 792): which ask, which answer, which complain. */
final class Icmp {

    static final int ECHO_REPLY = 0;
    static final int UNREACHABLE = 3;
    static final int ECHO_REQUEST = 8;
    static final int TIME_EXCEEDED = 11;
    static final int TIMESTAMP = 13;
    static final int TIMESTAMP_REPLY = 14;
    static final int NETWORK_UNREACHABLE = 0;
    static final int FRAGMENTATION_NEEDED = 4;
    static final int PROHIBITED = 13;

    private static final Set<Integer> ERRORS = Set.of(3, 11, 12);

    private Icmp() {
    }

    static boolean isError(final int type) {
        return ERRORS.contains(type);
    }

    static boolean isRequest(final int type) {
        return type == ECHO_REQUEST || type == TIMESTAMP;
    }

    static boolean isReply(final int type) {
        return type == ECHO_REPLY || type == TIMESTAMP_REPLY;
    }

    /** A message with its checksum. */
    static byte[] message(final int type, final int code, final int rest, final byte[] data) {
        final byte[] message = new byte[8 + data.length];
        message[0] = (byte) type;
        message[1] = (byte) code;
        Bytes.put32(message, 4, rest);
        System.arraycopy(data, 0, message, 8, data.length);
        return withChecksum(message);
    }

    static byte[] withChecksum(final byte[] message) {
        final byte[] result = message.clone();
        Bytes.put16(result, 2, 0);
        Bytes.put16(result, 2, Bytes.checksum(result));
        return result;
    }
}
