package io.sallyport.tools.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LogsTest {

    @Test
    void event_is_one_line_whatever_it_holds() {
        final LogRecord event = new LogRecord(Level.WARNING, "took over {0} connections\nand\r\n more");
        event.setParameters(new Object[] {"3"});
        event.setThrown(new IOException("disk\nfull"));
        event.setInstant(Instant.parse("2026-02-01T10:11:12.345678Z"));
        assertEquals("2026-02-01T10:11:12.345Z warning: took over 3 connections, and, more: java.io.IOException: disk, full"
            + System.lineSeparator(), new Logs.OneLine().format(event));
    }

    @Test
    void process_has_existed_for_a_while() {
        final long elapsedMs = StartUpTime.elapsedMs();
        final long sinceStartMs = System.currentTimeMillis() - ProcessHandle.current().info().startInstant().orElseThrow().toEpochMilli();
        assertTrue(Math.abs(elapsedMs - sinceStartMs) < 2_000, elapsedMs + " ms, and not " + sinceStartMs);
    }
}
