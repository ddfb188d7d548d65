package io.sallyport.tools.scenario;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A packet as a scenario writes it, with variables.
 *
 * @param text       the text
 * @param form       what it is; empty if {@code base} says it
 * @param base       label of the packet that it is like
 * @param terms      the fields that are written
 * @param inner      the packet that it quotes, or of which it is a fragment
 * @param data       its payload, if written
 * @param ipOptions  IP options, if written
 * @param tcpOptions TCP options other than those that are fields, if written
 */
record PacketSpec(
    String text,
    Optional<Form> form,
    Optional<String> base,
    Map<Field, Term> terms,
    Optional<PacketSpec> inner,
    Optional<byte[]> data,
    Optional<byte[]> ipOptions,
    Optional<byte[]> tcpOptions) {

    private static final byte[] NONE = {};

    /** Gives each variable that stands alone and is not bound the value that it has in {@code actual}. */
    void bind(final Variables variables, final Packet actual) {
        terms.forEach((field, term) -> term.variable(variables).ifPresent(name -> {
            if (variables.get(name).isEmpty()) {
                actual.find(field).ifPresent(value -> variables.bind(name, value));
            }
        }));
        if (inner.isPresent() && actual.inner().isPresent()) {
            inner.get().bind(variables, actual.inner().get());
        }
    }

    /**
     * The packet.
     *
     * @param labels  earlier packets by their labels
     * @param actual  where the values come from that may be any
     * @param ttl     time to live, unless it is written
     * @throws IllegalArgumentException with half a sentence
     */
    Packet resolve(final Variables variables, final Map<String, Packet> labels, final Optional<Packet> actual, final int ttl) {
        final Packet like = base.map(label -> labelled(labels, label)).orElseGet(() -> Packet.of(form.orElseThrow()));
        final Map<Field, Long> values = new EnumMap<>(Field.class);
        values.putAll(like.values());
        terms.forEach((field, term) -> value(field, term, variables, actual).ifPresentOrElse(
            value -> values.put(field, value), () -> values.remove(field)));
        values.putIfAbsent(Field.TTL, (long) ttl);
        final boolean isFragment = like.form() == Form.FRAGMENT;
        final Optional<Packet> resolvedInner = inner.isEmpty() ? like.inner()
            : Optional.of(inner.get().resolve(variables, labels, actual.flatMap(Packet::inner), isFragment ? ttl : Standard.TTL));
        final Optional<byte[]> payload = data.isPresent() ? data : terms.containsKey(Field.LENGTH) ? Optional.empty() : like.data();
        return new Packet(like.form(), values, resolvedInner, payload,
            ipOptions.orElse(base.isPresent() ? like.ipOptions() : NONE), tcpOptions.orElse(base.isPresent() ? like.tcpOptions() : NONE));
    }

    private static Packet labelled(final Map<String, Packet> labels, final String label) {
        final Packet packet = labels.get(label);
        if (packet == null) {
            throw new IllegalArgumentException("no packet is labelled @" + label + " so far");
        }
        return packet;
    }

    private static OptionalLong value(final Field field, final Term term, final Variables variables, final Optional<Packet> actual) {
        if (term == Term.ANY) {
            return actual.isPresent() ? actual.get().find(field) : OptionalLong.empty();
        }
        final OptionalLong value = term.value(variables);
        if (value.isEmpty()) {
            throw new IllegalArgumentException("a variable is not known yet");
        }
        return value;
    }
}
