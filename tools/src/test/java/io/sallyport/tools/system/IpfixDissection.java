package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.tools.demo.Command;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * What tshark makes of captured IPFIX messages: each is understood whole, and follows the one before.
 *
 * @param records of all messages in order: the dissector's names of fields, without {@code cflow.}, and their values
 */
record IpfixDissection(List<Map<String, String>> records) {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String PREFIX = "cflow.";

    /** Dissects what went to a port. */
    static IpfixDissection of(final Path capture, final int port) throws IOException {
        final String pdml = Command.run(LIMIT, "tshark", "-n", "-r", capture.toString(), "-d", "udp.port==" + port + ",cflow", "-T", "pdml")
            .orThrow().out();
        final List<Map<String, String>> records = new ArrayList<>();
        for (final Element packet : elements(parse(pdml), "packet")) {
            final Element message = elements(packet, "proto").stream().filter(proto -> "cflow".equals(proto.getAttribute("name")))
                .findFirst().orElseThrow(() -> new AssertionError("no IPFIX in a packet of\n" + pdml));
            final List<Element> fields = elements(message, "field");
            assertEquals("10", value(fields, "cflow.version"));
            assertEquals(Integer.toString(records.size()), value(fields, "cflow.sequence"), "records sent before");
            for (final Element field : fields) {
                final String name = field.getAttribute("name");
                if (name.startsWith("_ws.") || name.contains("expert") || name.contains("no_template")) {
                    throw new AssertionError("the dissector complains: " + field.getAttribute("showname") + "\n" + pdml);
                }
                if (field.getAttribute("show").matches("Flow [0-9]+")) {
                    records.add(record(field));
                }
            }
        }
        return new IpfixDissection(List.copyOf(records));
    }

    private static Map<String, String> record(final Element flow) {
        final Map<String, String> record = new TreeMap<>();
        for (final Element field : elements(flow, "field")) {
            final String name = field.getAttribute("name");
            final boolean isTime = name.contains("time");
            record.put(name.replace(PREFIX, ""),
                isTime ? Long.toString(Long.parseLong(field.getAttribute("value"), 16)) : field.getAttribute("show"));
        }
        return record;
    }

    private static String value(final List<Element> fields, final String name) {
        return fields.stream().filter(field -> name.equals(field.getAttribute("name"))).map(field -> field.getAttribute("show"))
            .findFirst().orElse("");
    }

    private static Element parse(final String xml) throws IOException {
        try {
            return DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8))).getDocumentElement();
        } catch (final ParserConfigurationException | SAXException e) {
            throw new IOException("tshark's output is no XML: " + e.getMessage(), e);
        }
    }

    /** The elements of a name below one, in the order of the document. */
    private static List<Element> elements(final Element above, final String name) {
        final NodeList nodes = above.getElementsByTagName(name);
        final List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }
}
