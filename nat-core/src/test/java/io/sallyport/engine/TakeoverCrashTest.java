package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.counter.Counter;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.OUT1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A gateway may be killed at any moment of its start; the one after it still finds every connection. */
class TakeoverCrashTest {

    private static final int HOSTS = 100;
    private static final int PER_HOST = 40;

    @TempDir
    private Path directory;

    @Test
    void killedBeforeTheFirstHeartbeat() {
        connect(lab(1));
        lab(1);
        assertEquals(HOSTS * PER_HOST, survivors(lab(1)), "nothing beat between two kills");
    }

    @Test
    void killedBetweenSettingAsideTheFirstTableAndTheSecond() throws IOException {
        connect(lab(2));
        Files.move(directory.resolve("connections-0.dat"), directory.resolve("connections-0.dat.old"));
        assertEquals(HOSTS * PER_HOST, survivors(lab(2)));
    }

    @Test
    void killedWhileTheOldTablesAreRead() throws IOException {
        connect(lab(2));
        final Path before = copy(directory);
        lab(2);
        // as the takeover left it: nothing removed, the new tables half full
        for (int shard = 0; shard < 2; shard++) {
            Files.move(before.resolve("connections-" + shard + ".dat"), directory.resolve("connections-" + shard + ".dat.old"));
        }
        Files.createFile(directory.resolve("takeover"));
        final Lab half = lab(2);
        assertEquals(HOSTS * PER_HOST, survivors(half));
    }

    @Test
    void killedBetweenRemovingTheFirstOldTableAndTheSecond() throws IOException {
        connect(lab(2));
        final Path before = copy(directory);
        lab(2);
        Files.move(before.resolve("connections-1.dat"), directory.resolve("connections-1.dat.old"));
        Files.createFile(directory.resolve("takeover.done"));
        assertEquals(HOSTS * PER_HOST, survivors(lab(2)));
        try (var left = Files.list(directory)) {
            assertTrue(left.allMatch(file -> file.getFileName().toString().endsWith(".dat")), "nothing is left behind");
        }
    }

    @Test
    void whatIsForgottenIsNotTakenOverEvenAfterAKill() throws IOException {
        connect(lab(2));
        Files.move(directory.resolve("connections-0.dat"), directory.resolve("connections-0.dat.old"));
        Files.createFile(directory.resolve("takeover"));
        Engine.forgetConnections(directory);
        assertEquals(0, survivors(lab(2)));
    }

    @Test
    void severalWorkersTakeOverWhatSeveralWorkersLeft() {
        connect(lab(3));
        assertEquals(HOSTS * PER_HOST, survivors(lab(3)));
    }

    @Test
    void oneWorkerTakesOverWhatSeveralLeft() {
        connect(lab(3));
        assertEquals(HOSTS * PER_HOST, survivors(lab(1)));
    }

    private static void connect(final Lab lab) {
        for (int host = 0; host < HOSTS; host++) {
            for (int k = 0; k < PER_HOST; k++) {
                lab.fromInside(Packets.udp("10.77.0." + (10 + host), 3000 + k, OUT1, 53, 1));
            }
        }
        assertEquals(HOSTS * PER_HOST, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
    }

    /** Connections that are there after the first duty cycle. */
    private static long survivors(final Lab lab) {
        lab.fromInside(Packets.tcp(IN1, 1, OUT1, 53, Packets.ACK, 1, 1, 0));
        lab.pass(1, java.util.concurrent.TimeUnit.SECONDS);
        return lab.count(Counter.ACTIVE_CONNECTIONS_UDP);
    }

    /** A gateway that is never closed: to its successor, one that was killed. */
    private Lab lab(final int workers) {
        final GatewayConfig config = Lab.small(20_000);
        final IoConfig io = config.io();
        return Lab.of(config.withIo(new IoConfig(
            io.backend(), io.threading(), workers, io.waiting(), io.offload(), io.isolate())), Optional.of(directory),
            EngineOptions.Secrets.random());
    }

    private static Path copy(final Path from) throws IOException {
        final Path to = Files.createTempDirectory(from.getParent(), "before");
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                return FileVisitResult.CONTINUE;
            }
        });
        return to;
    }
}
