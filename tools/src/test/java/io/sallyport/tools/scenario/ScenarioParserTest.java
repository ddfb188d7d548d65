package io.sallyport.tools.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScenarioParserTest {

    private static final String HEAD = "row: r\nproves: p\ncase: c\n";

    private static Scenario parse(final String text) {
        return ScenarioParser.parse("x.scenario", text);
    }

    @Test
    void a_file_is_read_with_its_cases_and_their_configuration() {
        final Scenario scenario = parse("""
            row: rfc0000_1     # a comment
            proves: nothing
            nat.timeouts.udp: 2m

            case: one "#1"
            mapping: endpoint-independent
            filtering: endpoint-dependent, address-dependent
            nat.ports: 2000-2999
              0.5     in>  udp 10.77.0.2:1 > 203.0.113.5:53 len 1 @q
              1..2.25 >in  unreachable 10.77.0.1 > 10.77.0.2 code 13 quotes 8 of { @q ttl 63 }
                      drops ttl-expired 1, martian 2
            case: two
            mapping: profile
              0 quiet
            """);
        assertEquals("rfc0000_1", scenario.row());
        final Scenario.Case one = scenario.cases().getFirst();
        assertEquals("one \"#1\"", one.name());
        assertEquals(Map.of("nat.timeouts.udp", "2m", "nat.ports", "2000-2999"), one.config());
        assertEquals(List.of(new Scenario.Variant("endpoint-independent", "endpoint-dependent"),
            new Scenario.Variant("endpoint-independent", "address-dependent")), one.variants());
        final Step.Departure departure = (Step.Departure) one.steps().get(1);
        assertEquals(new Step.Time(1_000_000_000L, 2_250_000_000L), departure.time().orElseThrow());
        assertEquals("q", departure.packet().inner().orElseThrow().base().orElseThrow());
        assertEquals(departure.time(), one.steps().get(2).time());
        assertEquals(3, scenario.cases().get(1).variants().size());
        assertEquals(Map.of("nat.timeouts.udp", "2m"), scenario.cases().get(1).config());
    }

    /** One line that is wrong, and what is said about it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        0 in> upd 10.77.0.2:1 > 203.0.113.5:53             | "upd" is no kind of packet
        0 in> udp 10.77.0.2 > 203.0.113.5:53               | "10.77.0.2" is not like a:b
        0 in> udp 10.77.0.256:1 > 203.0.113.5:53           | "10.77.0.256" is not an address
        0 in> udp 10.77.0.2:1 203.0.113.5:53               | "203.0.113.5:53" stands where ">" is expected
        0 in> udp 10.77.0.2:1 > 203.0.113.5:53 length 5    | "length" is no field of a packet
        0 in> udp 10.77.0.2:1 > 203.0.113.5:53 len 5 len 6 | the packet says twice what its length is
        0 in> udp 10.77.0.2:1 > 203.0.113.5:53 len         | the line ends where a value of len is expected
        0 in> udp 10.77.0.2:x > 203.0.113.5:53             | "x" is neither a number, an address nor a variable like $p or $p[$i]
        0 in> tcp 10.77.0.2:1 > 203.0.113.5:53 seq 1       | a TCP segment needs its flags, like [S.]
        0 in> tcp 10.77.0.2:1 > 203.0.113.5:53 [SX]        | "[SX]" are no TCP flags; they are letters of FSRPUEW and a dot for ACK
        0 in> arp who-has 10.77.0.1 tel 10.77.0.2          | "tel" stands where "tell" is expected
        0 in> arp 10.77.0.2 is-at 02:00 tell 10.77.0.1     | "02:00" is not a MAC address like 02:00:00:00:0a:02
        0 in> frag 0:8 of { udp 10.77.0.2:1 > 1.2.3.4:5    | the line ends where } is expected
        0 in> raw 0x123                                    | "0x123" is neither "text" nor bytes like 0x0a4d
        0..1 in> udp 10.77.0.2:1 > 203.0.113.5:53          | a packet arrives at one moment, not within a range
        2..1 >in udp 10.77.0.2:1 > 203.0.113.5:53          | "2..1" ends before it begins
        in> udp 10.77.0.2:1 > 203.0.113.5:53               | the time is missing
        0 inn> udp 10.77.0.2:1 > 203.0.113.5:53            | "inn>" is none of in>, out>, >in, >out, start, quiet,
        0                                                  | the line ends where something that happens is expected
        0 count malformed                                  | "count" takes a counter and its value
        0 drops malformed, x 1                             | "malformed" is not a reason and a number
        where $p in 5                                      | "$p in 5" is no condition like "$p in 1024..65535", "$p even"
        repeat 5                                           | "repeat 5" is not like "repeat $i in 1..9" or "repeat $i in 1..9 every 0.010"
        end                                                | nothing is open that "end" could end
        mappings: both                                     | "mappings:" is neither a word of scenarios nor a key of the configuration
        mapping: both                                      | "both" is none of endpoint-independent, endpoint-dependent
        row: again                                         | "row:" is said once, before all cases
        filtering:                                         | "filtering:" has no value
        """)
    void what_is_wrong_is_refused_with_its_line(final String line, final String message) {
        final ScenarioException refused = assertThrows(ScenarioException.class, () -> parse(HEAD + line));
        assertTrue(refused.getMessage().startsWith("x.scenario:4: " + message), refused::getMessage);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        row: r;proves: p;case: c                                    | 3: nothing happens in the case of line 3
        row: r;case: c;0 quiet                                      | 3: the file does not say "proves:"
        row: r;proves: p                                            | 2: the file has no "case:"
        row: r;proves: p;0 quiet                                    | 3: a "case:" must come before "0 quiet"
        row: r;proves: p;case: c;0 quiet;nat.ports: 1-2             | 5: "nat.ports:" must come before the first packet of its case
        row: r;proves: p;case: c;1 quiet;0.5 quiet                  | 5: time goes back
        row: r;proves: p;case: c;repeat $i in 1..2;0 quiet          | 5: the repeat of line 4 has no "end"
        row: r;proves: p;case: c;repeat $i in 1..2;end              | 5: the repeat of line 4 holds nothing
        row: r;proves: p;case: c;repeat $i in 1..2;0 quiet;end;count held 0 | 7: the time is missing
        """)
    void what_is_missing_is_refused_where_it_is_missed(final String lines, final String message) {
        final ScenarioException refused = assertThrows(ScenarioException.class, () -> parse(lines.replace(';', '\n')));
        assertEquals("x.scenario:" + message, refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "5000, 5000", "0x1f, 31", "10.0.0.1, 167772161", "$i, 7", "10.0.0.1+$i, 167772168", "5000+2*$i, 5014", "2*$i-1, 13", "$p[$i], 9",
        "$p[$i+1]+1, 101"})
    void terms_are_calculated(final String text, final long value) {
        final Variables variables = new Variables();
        variables.bind("i", 7);
        variables.bind("p[7]", 9);
        variables.bind("p[8]", 100);
        assertEquals(value, Term.parse(text).value(variables).orElseThrow());
    }
}
