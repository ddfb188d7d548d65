package io.sallyport.tools.scenario;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A packet with all its values: one that is to be built, or one that was read.
 *
 * @param form       what it is
 * @param values     its fields; those that are missing have their standard value
 * @param inner      the packet that it quotes, or of which it is a fragment
 * @param data       its payload, unless that is the generated one
 * @param ipOptions  IP options
 * @param tcpOptions TCP options other than those that are fields
 */
record Packet(
    Form form, Map<Field, Long> values, Optional<Packet> inner, Optional<byte[]> data, byte[] ipOptions, byte[] tcpOptions) {

    private static final byte[] NONE = {};

    /** Without values. */
    static Packet of(final Form form) {
        return new Packet(form, new EnumMap<>(Field.class), Optional.empty(), Optional.empty(), NONE, NONE);
    }

    Packet withInner(final Packet newInner) {
        return new Packet(form, values, Optional.of(newInner), data, ipOptions, tcpOptions);
    }

    Packet withData(final byte[] newData) {
        return new Packet(form, values, inner, Optional.of(newData), ipOptions, tcpOptions);
    }

    Packet withOptions(final byte[] newIpOptions, final byte[] newTcpOptions) {
        return new Packet(form, values, inner, data, newIpOptions, newTcpOptions);
    }

    /** The field, or its standard value, if either is there. */
    OptionalLong find(final Field field) {
        final Long value = values.get(field);
        return value == null ? field.standard() : OptionalLong.of(value);
    }

    /** The field, or its standard value, or {@code otherwise}. */
    long get(final Field field, final long otherwise) {
        return find(field).orElse(otherwise);
    }

    /** A field that has a standard value or was given. */
    int get(final Field field) {
        return (int) find(field).orElseThrow(() -> new IllegalArgumentException("the packet has no " + field));
    }

    boolean has(final Field field) {
        return values.containsKey(field);
    }

    Packet set(final Field field, final long value) {
        values.put(field, value);
        return this;
    }

    /** The payload. */
    byte[] payload() {
        return data.orElseGet(() -> generated(get(Field.LENGTH)));
    }

    /** The payload of this length, unless a scenario says another: no two bytes nearby are equal, and no two lengths begin alike. */
    static byte[] generated(final int length) {
        final byte[] payload = new byte[length];
        for (int i = 0; i < length; i++) {
            payload[i] = (byte) (length * 31 + i * 7 + (i >> 8));
        }
        return payload;
    }
}
