package io.sallyport.tools.scenario;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.packet.Side;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The notation of packets, there and back: text, packet, frame, packet, text. */
class PacketTest {

    private static Packet packet(final String text) {
        return Standard.leaving(
            PacketParser.parse(text).resolve(new Variables(), Map.of(), Optional.empty(), Standard.FORWARDED_TTL), Side.OUTSIDE);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "udp 198.51.100.1:2000 > 203.0.113.5:53",
        "udp 198.51.100.1:2000 > 203.0.113.5:53 len 21 ttl 5 tos 0xb8 ipid 7 nodf checksum 0x0",
        "udp 198.51.100.1:2000 > 203.0.113.5:53 checksum 0x1234 ip-checksum 0xbeef pad 5",
        "udp 198.51.100.1:2000 > 203.0.113.5:53 ipopt 0x01010101 data 0x414243",
        "udplite 198.51.100.1:2000 > 203.0.113.5:53 len 9",
        "dccp 198.51.100.1:2000 > 203.0.113.5:53 len 3",
        "tcp 198.51.100.1:2000 > 203.0.113.5:80 [S] seq 4294967295 win 100 mss 1460 ws 7",
        "tcp 198.51.100.1:2000 > 203.0.113.5:80 [FPEW.] seq 0 ack 5 len 1400 tcpopt 0x0402080a0102030405060708",
        "tcp 198.51.100.1:2000 > 203.0.113.5:80 [none] seq 1",
        "echo 198.51.100.1 > 203.0.113.5 id 5 seq 2 len 56",
        "timestamp-reply 198.51.100.1 > 203.0.113.5 id 5 len 12",
        "icmp 198.51.100.1 > 203.0.113.5 type 9 rest 0x1000000 len 4",
        "unreachable 198.51.100.1 > 203.0.113.5 code 4 mtu 1300 quotes { udp 203.0.113.5:53 > 198.51.100.1:9 len 30 }",
        "time-exceeded 198.51.100.1 > 203.0.113.5 quotes 8 of { tcp 203.0.113.5:53 > 198.51.100.1:9 [none] seq 77 len 30 ttl 1 }",
        "time-exceeded 198.51.100.1 > 203.0.113.5 quotes 8 of { echo 203.0.113.5 > 198.51.100.1 id 9 len 30 ipopt 0x94040000 }",
        "proto 47 198.51.100.1 > 203.0.113.5 len 40",
        "arp who-has 198.51.100.2 tell 198.51.100.1",
        "arp 198.51.100.1 is-at 02:00:00:00:00:02 tell 198.51.100.2",
        "eth ethertype 0x88cc data 0x0102",
        "udp 198.51.100.1:2000 > 203.0.113.5:53 from 02:00:00:00:00:09 to ff:ff:ff:ff:ff:ff"})
    void a_packet_is_read_as_it_was_built(final String text) {
        final byte[] frame = FrameBuilder.frame(packet(text));
        final Packet read = FrameReader.read(frame);
        assertEquals(text, PacketPrinter.ofNumbers().leaving(read, Side.OUTSIDE));
        if (!text.contains("[none] seq 77")) {
            assertArrayEquals(frame, FrameBuilder.frame(read));
        }
    }

    @Test
    void a_fragment_is_part_of_the_datagram() {
        final String datagram = "udp 198.51.100.1:2000 > 203.0.113.5:53 len 2000 ipid 9 nodf";
        final byte[] whole = FrameBuilder.datagram(packet(datagram));
        final byte[] second = FrameBuilder.datagram(packet("frag 1480:2008 of { " + datagram + " }"));
        assertEquals(20 + 528, second.length);
        assertEquals(185, (second[6] & 0x3F) << 8 | second[7] & 0xFF);
        assertArrayEquals(java.util.Arrays.copyOfRange(whole, 20 + 1480, 20 + 2008), java.util.Arrays.copyOfRange(second, 20, 548));
        final byte[] first = FrameBuilder.datagram(packet("frag 0:1480 of { " + datagram + " }"));
        assertEquals(0x20, first[6]);
        assertEquals("frag 0:1480 of { udp 198.51.100.1:2000 > 203.0.113.5:53 len 2000 ipid 9 nodf }".replace("2000 ipid", "1472 ipid"),
            PacketPrinter.ofNumbers().leaving(FrameReader.read(FrameBuilder.frame(packet("frag 0:1480 of { " + datagram + " }"))),
                Side.OUTSIDE));
    }

    /** The example of RFC 1071, section 3, and an IP header that has been explained a thousand times. */
    @Test
    void checksums_are_those_of_the_world() {
        assertEquals(0x220D, Checksums.of(HexFormat.of().parseHex("0001f203f4f5f6f7"), 0, 8));
        assertEquals(0xB861, Checksums.of(HexFormat.of().parseHex("450000730000400040110000c0a80001c0a800c7"), 0, 20));
        // a datagram of one byte from 10.0.0.1:1 to 10.0.0.2:2: 0a00+0001+0a00+0002 + 11+9 + 1+2+9 + 4100 = 5529
        assertEquals(0xAAD6, Checksums.of(HexFormat.of().parseHex("000100020009000041"), 0, 9, 0x0A000001, 0x0A000002, 17));
    }

    @Test
    void a_frame_that_is_not_understood_is_shown_as_bytes() {
        assertEquals("raw data 0x0102", PacketPrinter.ofNumbers().leaving(FrameReader.read(new byte[] {1, 2}), Side.INSIDE));
    }
}
