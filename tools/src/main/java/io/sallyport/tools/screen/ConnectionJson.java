package io.sallyport.tools.screen;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.sallyport.flow.ConnectionView;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/**
 * Writes connections as JSON while they come, a line for each: {@code { "connections" : […], "matching" : N }}. A PrintWriter throws
 * nothing, so what is wrong with it shows elsewhere.
 */
public final class ConnectionJson implements ConnectionSink {

    private final PrintWriter out;
    private final JsonGenerator json;

    /** Writes to {@code out}. */
    public ConnectionJson(final PrintWriter out) {
        this.out = out;
        final DefaultPrettyPrinter lines = new DefaultPrettyPrinter();
        lines.indentObjectsWith(DefaultPrettyPrinter.FixedSpaceIndenter.instance);
        lines.indentArraysWith(new DefaultIndenter("  ", "\n"));
        try {
            json = new JsonFactory().createGenerator(out).setPrettyPrinter(lines);
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            json.writeArrayFieldStart("connections");
        } catch (final IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    @Override
    public void show(final ConnectionView connection) {
        try {
            json.writeStartObject();
            json.writeStringField("protocol", ConnectionRow.protocol(connection));
            json.writeStringField("inside", ConnectionRow.inside(connection));
            json.writeStringField("public", ConnectionRow.publicEndpoint(connection));
            json.writeStringField("remote", ConnectionRow.remote(connection));
            json.writeStringField("direction", ConnectionRow.direction(connection));
            json.writeStringField("state", ConnectionRow.state(connection));
            json.writeNumberField("idleSeconds", TimeUnit.NANOSECONDS.toMillis(connection.idleNs()) / 1000.0);
            json.writeEndObject();
        } catch (final IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    @Override
    public void end(final Page page, final long matching) {
        try {
            json.writeEndArray();
            json.writeNumberField("offset", page.offset());
            json.writeNumberField("matching", matching);
            json.writeEndObject();
            json.close();
        } catch (final IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        out.println();
    }
}
