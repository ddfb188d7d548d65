package io.sallyport.tools.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The runner finds what is wrong, and says where. */
class ScenarioRunnerTest {

    private static final String HEAD = "row: r\nproves: p\ncase: c\nmapping: endpoint-independent\nfiltering: endpoint-dependent\n";

    private static void run(final String steps) {
        final Scenario scenario = ScenarioParser.parse("x.scenario", HEAD + steps);
        ScenarioRunner.run(scenario, scenario.cases().getFirst(), scenario.cases().getFirst().variants().getFirst());
    }

    private static String failure(final String steps) {
        return assertThrows(ScenarioException.class, () -> run(steps)).getMessage();
    }

    @Test
    void what_is_right_passes() {
        run("""
            0     in>  udp 10.77.0.2:5000 > 203.0.113.5:53 len 20 @q
                  >out udp 198.51.100.1:$p > 203.0.113.5:53 len 20 @o
            where $p in 1024..65535
            where $p even
            0.010 out> udp 203.0.113.5:53 > 198.51.100.1:$p len 9
                  >in  udp 203.0.113.5:53 > 10.77.0.2:5000 len 9
            0.020 out> time-exceeded 192.0.2.1 > 198.51.100.1 quotes 8 of { @o ttl 1 }
                  >in  time-exceeded 192.0.2.1 > 10.77.0.2 quotes 8 of { @q ttl 1 }
            repeat $i in 1..20 every 1
              1   in>  udp 10.77.0.3:5000+$i > 203.0.113.5:53 len $i
                  >out udp 198.51.100.1:$r[$i] > 203.0.113.5:53 len $i
            end
            where $r[*] distinct
            60    count active_connections_udp 21
                  drops none
            400   count active_connections_udp 0
            """);
    }

    /** The third line expects something else than the gateway does. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        0 >out udp 198.51.100.1:$p > 203.0.113.5:53 len 21       | another packet left than expected
        0 >out udp 198.51.100.1:$p > 203.0.113.5:54 len 20       | another packet left than expected
        0 >out udp 198.51.100.1:$p > 203.0.113.5:53 len 20 ttl 64 | another packet left than expected
        0 >out udp 198.51.100.1:$p > 203.0.113.5:53 len 20 ipid 1 | another packet left than expected
        0 >out udp 198.51.100.1:$p > 203.0.113.5:53 len 20 checksum 0x1 | another packet left than expected
        0 >out udp 198.51.100.1:$p > 203.0.113.5:53 len 20 to 02:00:00:00:00:99 | another packet left than expected
        0 >out udp 198.51.100.1:$p > 203.0.113.5:53 data "abcdefghijklmnopqrst" | another packet left than expected
        0 >out udp 198.51.100.1:5000 > 203.0.113.5:53 len 20     | another packet left than expected
        0 >out tcp 198.51.100.1:$p > 203.0.113.5:53 [S] len 20   | another packet left than expected
        0.001 >out udp 198.51.100.1:$p > 203.0.113.5:53 len 20   | another packet left than expected
        0 >in  udp 198.51.100.1:$p > 203.0.113.5:53 len 20       | a packet is missing
        0 quiet                                                  | a packet left that is not expected
        1 quiet                                                  | a packet left that is not expected
        0 count active_mappings 1                                | a packet left that is not expected
        where $p even                                            | "$p even" has a variable that is not known yet
        0 >out udp 198.51.100.1:5000+$q > 203.0.113.5:53 len 20  | a variable is not known yet
        0 >out { @a }                                            | no kind of packet
        0 >out @a                                                | no packet is labelled @a so far
        """)
    void what_is_wrong_fails(final String expected, final String message) {
        final String failure = failure("0 in> udp 10.77.0.2:5000 > 203.0.113.5:53 len 20\n" + expected);
        assertTrue(failure.startsWith("x.scenario:7: "), failure);
        assertTrue(failure.contains(message), failure);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        count active_mappings 2  | active_mappings is another than expected
        count active_mapping 1   | "active_mapping" is neither a counter nor a reason to drop (docs/counters.md)
        count malformed 1        | malformed is another than expected
        drops malformed 1        | other packets were dropped than expected
        drops malfomed 1         | "malfomed" is neither a counter nor a reason to drop (docs/counters.md)
        drops none               | other packets were dropped than expected
        in> udp 203.0.113.5:53 > 198.51.100.1:$q len 20 | a variable is not known yet
        """)
    void counters_and_variables_are_checked(final String step, final String message) {
        final String failure = failure("""
            0 in>  udp 10.77.0.2:5000 > 203.0.113.5:53 len 20
              >out udp 198.51.100.1:$p > 203.0.113.5:53 len 20
              out> udp 203.0.113.6:53 > 198.51.100.1:$p len 1
              %s
            """.formatted(step));
        assertTrue(failure.startsWith("x.scenario:9: "), failure);
        assertTrue(failure.contains(message), failure);
    }

    @Test
    void both_packets_are_shown_in_the_same_notation() {
        assertEquals("""
            x.scenario:7: another packet left than expected
              expected  0.000  >out  udp 198.51.100.1:5000 > 203.0.113.5:53 len 20
              actual    0.000  >out  udp 198.51.100.1:PORT > 203.0.113.5:53 len 20
              from byte 24 of the frame on, 62 bytes expected, 62 actual
              in case "c", mapping endpoint-independent, filtering endpoint-dependent""".replace("  from byte 24", "  from byte 34"),
            failure("""
                0 in>  udp 10.77.0.2:5000 > 203.0.113.5:53 len 20
                  >out udp 198.51.100.1:5000 > 203.0.113.5:53 len 20
                """).replaceFirst("(actual.*:)\\d+( > )", "$1PORT$2"));
    }

    @Test
    void a_variable_stands_for_one_value() {
        assertTrue(failure("""
            0 in>  udp 10.77.0.2:5000 > 203.0.113.5:53
              >out udp 198.51.100.1:$p > 203.0.113.5:53
              in>  udp 10.77.0.3:5000 > 203.0.113.5:53
              >out udp 198.51.100.1:$p > 203.0.113.5:53
            """).startsWith("x.scenario:9: another packet left"));
        assertTrue(failure("""
            0 in>  udp 10.77.0.2:5000 > 203.0.113.5:53
              >out udp 198.51.100.1:$p[1] > 203.0.113.5:53
              in>  udp 10.77.0.2:5000 > 203.0.113.6:53
              >out udp 198.51.100.1:$p[2] > 203.0.113.6:53
            where $p[*] distinct
            """).startsWith("x.scenario:10: it is not true that $p[*] distinct"));
    }

    @Test
    void timers_are_neither_early_nor_late() {
        final String reset = """
            0 in>  tcp 10.77.0.2:5000 > 203.0.113.5:80 [S] seq 100
              >out tcp 198.51.100.1:$p > 203.0.113.5:80 [S] seq 100
              out> tcp 203.0.113.5:80 > 198.51.100.1:$p [S.] seq 900 ack 101
              >in  tcp 203.0.113.5:80 > 10.77.0.2:5000 [S.] seq 900 ack 101
              in>  tcp 10.77.0.2:5000 > 203.0.113.5:80 [.] seq 101 ack 901
              >out tcp 198.51.100.1:$p > 203.0.113.5:80 [.] seq 101 ack 901
            %s >in tcp 203.0.113.5:80 > 10.77.0.2:5000 [R.] seq 901 ack 101 win 0 ttl 64
            %s >out tcp 198.51.100.1:$p > 203.0.113.5:80 [R.] seq 101 ack 901 win 0 ttl 64
            """;
        run(reset.formatted("7440..7441", "7440..7441"));
        assertTrue(failure(reset.formatted("7441..7442", "7441..7442")).contains("another packet left"));
        assertTrue(failure(reset.formatted("7438..7439", "7438..7439")).contains("a packet is missing"));
    }

    @Test
    void a_repeat_is_bounded() {
        assertTrue(failure("repeat $i in 1..100001\n0 quiet\nend").contains("more than 100000 rounds"));
    }

    @Test
    void a_configuration_that_is_refused_names_the_case() {
        assertEquals("x.scenario:3: the configuration is refused: nat.ports: \"0-9\" is not a range within 1-65535",
            failure("nat.ports: 0-9\n0 quiet"));
        assertEquals("x.scenario:3: \"[\" is not valid YAML", failure("nat.ports: [\n0 quiet"));
    }

    @Test
    void the_start_is_shown_only_when_it_is_asked_for() {
        final String announcements = """
            0 start
            0 >in  arp who-has 10.77.0.1 tell 10.77.0.1
            0 >out arp who-has 198.51.100.1 tell 198.51.100.1
            2 >in  arp who-has 10.77.0.1 tell 10.77.0.1
            2 >out arp who-has 198.51.100.1 tell 198.51.100.1
            9 quiet
            """;
        run(announcements);
        run("0 quiet\n9 quiet");
        assertTrue(failure(announcements.replaceFirst("2 >in.*\n", "")).contains("a packet left that is not expected"));
    }

    @Test
    void regeneration_keeps_what_is_right_and_rewrites_the_rest() {
        final String wrong = HEAD + """
              0.000  in>   udp 10.77.0.2:5000 > 203.0.113.5:53 len 20
                     >out  udp 198.51.100.1:$p > 203.0.113.5:54 len 20 @o   # wrong
              0.010  out>  udp 203.0.113.5:53 > 198.51.100.1:$p len 7
              0.020  in>   udp 10.77.0.3:5000 > 203.0.113.5:53 len 21
                     >out  udp 198.51.100.1:$q > 203.0.113.5:53 len 21
                     >in   udp 203.0.113.5:53 > 10.77.0.2:5000 len 7
                     drops unsolicited 1
            """;
        final String right = HEAD + """
              0.000  in>   udp 10.77.0.2:5000 > 203.0.113.5:53 len 20
                     >out  udp 198.51.100.1:$p > 203.0.113.5:53 len 20 @o   # wrong
              0.010  out>  udp 203.0.113.5:53 > 198.51.100.1:$p len 7
              0.010  >in   udp 203.0.113.5:53 > 10.77.0.2:5000 len 7
              0.020  in>   udp 10.77.0.3:5000 > 203.0.113.5:53 len 21
                     >out  udp 198.51.100.1:$q > 203.0.113.5:53 len 21
                     drops none
            """;
        final String regenerated = Regeneration.of(ScenarioParser.parse("x.scenario", wrong), wrong);
        assertEquals(right, regenerated);
        assertEquals(right, Regeneration.of(ScenarioParser.parse("x.scenario", right), right));
    }
}
