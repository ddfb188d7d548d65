package io.sallyport.bench.compare;

import io.sallyport.tools.demo.BackgroundProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The forwarder in C, which translates nothing (bench/src/main/c/forwarder.c).
 *
 * @param directory  where the compiled programs are
 * @param isSpinning whether it spins when there is nothing to do, or sleeps in poll
 * @param faults     options that make it a broken device
 */
record ForwarderDevice(String directory, boolean isSpinning, List<String> faults) implements Device {

    @Override
    public String name() {
        return isSpinning ? "C forwarder, spin" : "C forwarder, sleep";
    }

    @Override
    public String publicPrefix() {
        return Lab.HOSTS;
    }

    @Override
    public Running start(final Lab lab) {
        Lab.ignore(lab.gateway(), Lab.INSIDE_INTERFACE, "drop");
        Lab.ignore(lab.gateway(), Lab.OUTSIDE_INTERFACE, "drop");
        final List<String> words = new ArrayList<>(Machine.onGatewayCores());
        words.addAll(List.of(directory + "/forwarder", "--inside", Lab.INSIDE_INTERFACE, "--outside", Lab.OUTSIDE_INTERFACE,
            "--inside-mac", Lab.INSIDE_HOST_MAC, "--outside-mac", Lab.OUTSIDE_HOST_MAC));
        if (!isSpinning) {
            words.add("--sleep");
        }
        words.addAll(faults);
        final long startNs = System.nanoTime();
        final BackgroundProcess process = lab.gateway().start(words);
        process.awaitLine("ready", Duration.ofSeconds(5));
        return new Running(process, (System.nanoTime() - startNs) / 1e6);
    }
}
