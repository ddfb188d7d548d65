package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SecondCompilerTest {

    private static void await(final Map<String, String> niceByThread) throws InterruptedException {
        for (int round = 0; round < 500 && !SecondCompiler.niceByThread().equals(niceByThread); round++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertEquals(niceByThread, SecondCompiler.niceByThread());
    }

    @Test
    void givesWayAndTakesTurnsAgain() throws IOException, InterruptedException {
        assumeTrue(new ProcessBuilder("sh", "-c", "renice 19 -p $$ && renice 0 -p $$").start().waitFor() == 0,
            "this user may not take it back, or there is no renice");
        final Map<String, String> before = SecondCompiler.niceByThread();
        assertFalse(before.isEmpty());
        final SecondCompiler compiler = SecondCompiler.prepare().orElseThrow();
        await(before);
        compiler.giveWay();
        try {
            final Map<String, String> behind = SecondCompiler.niceByThread();
            behind.replaceAll((thread, nice) -> "19");
            await(behind);
        } finally {
            compiler.resume();
        }
        await(before);
    }
}
