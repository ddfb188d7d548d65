package io.sallyport.tools.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets as people paste them. */
class PacketTextTest {

    private static final byte[] PING = HexFormat.of().parseHex(
        "450000540000400040010ea60a4d0002cb00710a0800f7ff000100010000000000000000000000000000000041424344");

    @ParameterizedTest
    @ValueSource(strings = {
        "450000540000400040010ea60a4d0002cb00710a0800f7ff000100010000000000000000000000000000000041424344",
        "45:00:00:54:00:00:40:00:40:01:0e:a6:0a:4d:00:02:cb:00:71:0a:08:00:f7:ff:00:01:00:01:00:00:00:00:00:00:00:00:"
            + "00:00:00:00:00:00:00:00:41:42:43:44",
        "0x450000540000400040010EA6 0A4D0002CB00710A0800F7FF 0x00010001 00000000000000000000000000000000\n41424344\n",
        // tcpdump -xx
        "12:00:00.123456 IP 10.77.0.2 > 203.0.113.10: ICMP echo request\n"
            + "\t0x0000:  4500 0054 0000 4000 4001 0ea6 0a4d 0002\n"
            + "\t0x0010:  cb00 710a 0800 f7ff 0001 0001 0000 0000\n"
            + "\t0x0020:  0000 0000 0000 0000 0000 0000 4142 4344\n",
        // tcpdump -XX
        "\t0x0000:  4500 0054 0000 4000 4001 0ea6 0a4d 0002  E..T..@.@....M..\n"
            + "\t0x0010:  cb00 710a 0800 f7ff 0001 0001 0000 0000  ..q.............\n"
            + "\t0x0020:  0000 0000 0000 0000 0000 0000 4142 4344  ............ABCD\n",
        // Wireshark
        "0000   45 00 00 54 00 00 40 00 40 01 0e a6 0a 4d 00 02   E..T..@.@....M..\n"
            + "0010   cb 00 71 0a 08 00 f7 ff 00 01 00 01 00 00 00 00   ..q.............\n"
            + "0020   00 00 00 00 00 00 00 00 00 00 00 00 41 42 43 44   ............ABCD\n",
        // hexdump -C
        "00000000  45 00 00 54 00 00 40 00  40 01 0e a6 0a 4d 00 02  |E..T..@.@....M..|\n"
            + "00000010  cb 00 71 0a 08 00 f7 ff  00 01 00 01 00 00 00 00  |..q.............|\n"
            + "00000020  00 00 00 00 00 00 00 00  00 00 00 00 41 42 43 44  |............ABCD|\n00000030\n",
        // xxd
        "00000000: 4500 0054 0000 4000 4001 0ea6 0a4d 0002  E..T..@.@....M..\n"
            + "00000010: cb00 710a 0800 f7ff 0001 0001 0000 0000  ..q.............\n"
            + "00000020: 0000 0000 0000 0000 0000 0000 4142 4344  ............ABCD\n"})
    void forms_of_a_packet(final String text) {
        assertArrayEquals(PING, PacketText.parse(text));
    }

    @Test
    void text_beside_a_short_line_is_no_packet() {
        assertArrayEquals(HexFormat.of().parseHex("45004142"), PacketText.parse("0000   45 00 41 42                             abcd\n"));
        assertArrayEquals(HexFormat.of().parseHex("4500414245004142"),
            PacketText.parse("\t0x0000:  4500 4142 4500 4142                      abcdefab\n"));
    }

    @Test
    void mistakes_say_what_is_wrong() {
        assertEquals("no bytes", refusal(" \n"));
        assertEquals("\"4x\" is not hexadecimal", refusal("45 4x"));
        assertEquals("an odd number of hexadecimal digits: 3", refusal("450"));
        assertEquals("offset 0030 does not follow on 16 bytes: one packet at a time, and whole", refusal(
            "0000   45 00 00 54 00 00 40 00 40 01 0e a6 0a 4d 00 02\n0030   00\n"));
        assertEquals("longer than 65549 bytes, which no packet is", refusal("00".repeat(65_550)));
    }

    private static String refusal(final String text) {
        return assertThrows(IllegalArgumentException.class, () -> PacketText.parse(text)).getMessage();
    }
}
