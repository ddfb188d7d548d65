package io.sallyport.config;

import java.util.List;

/**
 * The whole configuration of a gateway.
 *
 * @param name    names the gateway among others on the machine
 * @param inside  the private side
 * @param outside the public side
 * @param nat     how packets are translated
 * @param io      how packets come and go
 * @param state   where the gateway's state lies
 * @param admin   the HTTP listener
 * @param events  the log of mappings
 */
public record GatewayConfig(
    @Key(value = "name", holds = "up to 64 letters, digits, `.`, `_`, `-`",
        text = "Names the gateway among others on the machine; the reading commands ask for it (`--name`), and its state lies in a "
            + "directory of that name.")
    String name,
    @Key(value = "inside", text = "The private side.")
    InterfaceConfig inside,
    @Key(value = "outside", text = "The public side.")
    InterfaceConfig outside,
    @Key(value = "nat", text = "How packets are translated.")
    NatConfig nat,
    @Key(value = "io", text = "How packets come and go.")
    IoConfig io,
    @Key(value = "state", text = "Where counters and connections lie.")
    StateConfig state,
    @Key(value = "admin", text = "The HTTP listener.")
    AdminConfig admin,
    @Key(value = "events", text = "The log of mappings.")
    EventsConfig events) {

    /** The smallest gateway: two interfaces, the outside address as the pool, and the defaults. */
    public static GatewayConfig of(final InterfaceConfig inside, final InterfaceConfig outside) {
        return new GatewayConfig("default", inside, outside, NatConfig.defaults(outside.address().address()), IoConfig.DEFAULTS,
            StateConfig.DEFAULTS, AdminConfig.OFF, EventsConfig.OFF);
    }

    /** The same with another way to translate. */
    public GatewayConfig withNat(final NatConfig newNat) {
        return new GatewayConfig(name, inside, outside, newNat, io, state, admin, events);
    }

    /** The same with another way for packets to come and go. */
    public GatewayConfig withIo(final IoConfig newIo) {
        return new GatewayConfig(name, inside, outside, nat, newIo, state, admin, events);
    }

    /** The same with its state elsewhere. */
    public GatewayConfig withState(final StateConfig newState) {
        return new GatewayConfig(name, inside, outside, nat, io, newState, admin, events);
    }

    /** The same with another log of mappings. */
    public GatewayConfig withEvents(final EventsConfig newEvents) {
        return new GatewayConfig(name, inside, outside, nat, io, state, admin, newEvents);
    }

    /** The same with other interfaces. */
    public GatewayConfig withInterfaces(final InterfaceConfig newInside, final InterfaceConfig newOutside) {
        return new GatewayConfig(name, newInside, newOutside, nat, io, state, admin, events);
    }

    /** All that is wrong with this configuration; empty when it can be used. */
    public List<ConfigProblem> problems() {
        return ConfigChecks.of(this);
    }

    /**
     * Refuses a configuration that has problems.
     *
     * @return this
     * @throws IllegalArgumentException with one line per problem
     */
    public GatewayConfig validated() {
        final List<ConfigProblem> problems = problems();
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", problems.stream().map(ConfigProblem::toString).toList()));
        }
        return this;
    }
}
