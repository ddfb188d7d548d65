package io.sallyport.bench.compare;

import io.sallyport.bench.compare.Device.Running;
import java.util.List;

/** Has the tester watch a sound device and broken ones: what it does not notice, it would not notice in a comparison either. */
final class SelfTest {

    private static final int ATTEMPTS = 3;
    private static final List<String> COUNTS = List.of("lost", "late_or_twice", "bad_checksum", "bad_address");
    private static final String RATE = "60000";

    private final Bench bench;
    private int failures;

    SelfTest(final Bench bench) {
        this.bench = bench;
    }

    /** Exit code 0 when each fault was noticed, and none where there was none. */
    int run() {
        expect(List.of(), "", Lab.HOSTS);
        expect(List.of("--drop", "1000"), "lost", Lab.HOSTS);
        expect(List.of("--swap", "1000"), "late_or_twice", Lab.HOSTS);
        expect(List.of("--corrupt", "1000"), "bad_checksum", Lab.HOSTS);
        expect(List.of(), "bad_address", "198.18.0.0/25");
        return failures == 0 ? 0 : 1;
    }

    /** A machine with other work may lose packets by itself: what does not come out right is tried again. */
    private void expect(final List<String> faults, final String fault, final String publicPrefix) {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            if (isNoticed(faults, fault, publicPrefix)) {
                return;
            }
        }
        failures++;
    }

    /** Runs the forwarder with a fault, and expects to see just that. Any fault may also lose packets: a corrupt one is missing. */
    private boolean isNoticed(final List<String> faults, final String fault, final String publicPrefix) {
        final Device device = new Broken(new ForwarderDevice(bench.programs().toString(), false, faults), publicPrefix);
        try (Lab lab = Lab.create(); Running running = device.start(lab)) {
            final Tester.Result result = bench.tester(lab, device, 1, "--flows", "1", "--open", "0", "--rate", RATE, "--seconds", "0.5")
                .run().getFirst();
            final boolean isRight = running.process().isAlive() && COUNTS.stream().allMatch(name ->
                name.equals(fault) ? result.get(name) > 0 : result.get(name) == 0 || name.equals("lost") && !fault.isEmpty());
            bench.progress().say((isRight ? "noticed " : "NOT so  ") + (fault.isEmpty() ? "sound device" : fault) + ": " + result.values());
            return isRight;
        }
    }

    private record Broken(ForwarderDevice device, String publicPrefix) implements Device {

        @Override
        public String name() {
            return device.name();
        }

        @Override
        public Running start(final Lab lab) {
            return device.start(lab);
        }
    }
}
