package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.Side;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.PUBLIC;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** The next hop does not answer ARP: the sender is told, about the packet as it knows it. */
class SilentHostTest {

    /** A host on the outside network, without an entry of its own. */
    private static final String SILENT = "198.51.100.77";
    /** An inside host without one. */
    private static final String INSIDE_SILENT = "10.77.0.99";

    private final Lab lab = Lab.of(Lab.small(1_000));

    @AfterEach
    void close() {
        lab.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 17, 1})
    void rfc1812_5_2_7_1_hostUnreachableQuotesThePacketAsItCame(final int protocol) {
        final byte[] packet = switch (protocol) {
            case 6 -> Packets.tcp(IN1, 5000, SILENT, 80, Packets.SYN, 1, 0, 0);
            case 17 -> Packets.udp(IN1, 5000, SILENT, 80, 30);
            default -> Packets.echo(IN1, SILENT, 8, 5000);
        };
        lab.fromInside(packet);
        assertEquals(1, lab.count(Counter.HELD));
        assertEquals(List.of(), errorsWithin(2900));
        final List<byte[]> late = errorsWithin(200);
        assertEquals(1, late.size(), "after three requests in vain");
        assertUnreachable(late.get(0), "10.77.0.1", IN1, packet);
        assertEquals(1, lab.count(DropReason.NEIGHBOUR_UNRESOLVED));
        assertEquals(0, lab.count(Counter.HELD));
        final List<Lab.Sent> atOnce = lab.fromInside(packet);
        assertEquals(1, atOnce.size(), "while it is known to be silent");
        assertEquals(Side.INSIDE, atOnce.get(0).side());
        assertUnreachable(atOnce.get(0).frame(), "10.77.0.1", IN1, packet);
        assertEquals(2, lab.count(DropReason.NEIGHBOUR_UNRESOLVED));
        assertEquals(2, lab.count(Counter.ORIGINATED_ICMP_ERRORS));
    }

    @Test
    void rfc1812_5_2_7_1_aPeerOutsideIsToldAboutThePublicAddress() {
        final byte[] opened = lab.fromInside(Packets.udp(INSIDE_SILENT, 5000, OUT1, 53, 10)).get(0).frame();
        final byte[] answer = Packets.udp(OUT1, 53, PUBLIC, Packets.sourcePort(opened), 600);
        lab.fromOutside(answer);
        final List<byte[]> errors = errorsWithin(3100);
        assertEquals(1, errors.size());
        assertUnreachable(errors.get(0), PUBLIC, OUT1, answer);
        assertEquals(576, ByteBuffer.wrap(errors.get(0)).getShort(16));
        lab.fromOutside(Packets.udp(OUT1, 54, PUBLIC, Packets.sourcePort(opened), 10));
        assertEquals(List.of(), lab.sent, "who was not let in learns nothing");
    }

    @Test
    void rfc1812_4_3_2_7_noErrorAboutErrorsAndLaterFragments() {
        lab.fromInside(Packets.udp(IN1, 5000, SILENT, 80, 30));
        errorsWithin(3100);
        final byte[][] pieces = Fragments.split(Fragments.datagram(Packets.udp(IN1, 5000, SILENT, 80, 100), 1), 48);
        assertEquals(1, lab.fromInside(pieces[0]).size());
        assertEquals(0, lab.fromInside(pieces[1]).size());
        // a peer answers, and the error of a host in between is for an inside host that has gone silent
        final byte[] opened = lab.fromInside(Packets.udp(INSIDE_SILENT, 5000, OUT1, 53, 10)).get(0).frame();
        lab.fromOutside(Packets.icmpError("192.0.2.1", PUBLIC, 3, 1, opened));
        assertEquals(1, lab.count(Counter.HELD));
        assertEquals(List.of(), errorsWithin(3100));
        lab.fromOutside(Packets.icmpError("192.0.2.1", PUBLIC, 3, 1, opened));
        assertEquals(List.of(), lab.sent);
    }

    @Test
    void rfc1812_4_3_2_8_theRateIsLimited() {
        final byte[] packet = Packets.udp(IN1, 5000, SILENT, 80, 30);
        lab.fromInside(packet);
        errorsWithin(3100);
        int errors = 0;
        for (int k = 0; k < 100; k++) {
            errors += lab.fromInside(packet).size();
        }
        assertEquals(10, errors);
        assertEquals(90, lab.count(Counter.ICMP_ERRORS_WITHHELD));
        assertEquals(101, lab.count(DropReason.NEIGHBOUR_UNRESOLVED));
    }

    /** Those that gave way while it was still asked for are not known to be undeliverable. */
    @Test
    void onlyThePacketsThatWaitedToTheEndAreToldOf() {
        for (int k = 0; k < 6; k++) {
            lab.fromInside(Packets.udp(IN1, 5000 + k, SILENT, 80, 30));
        }
        final List<byte[]> errors = errorsWithin(3100);
        assertEquals(List.of(5002, 5003, 5004, 5005), errors.stream().map(frame -> ByteBuffer.wrap(frame).getShort(62) & 0xFFFF).toList());
        assertEquals(6, lab.count(DropReason.NEIGHBOUR_UNRESOLVED));
    }

    /** Without room to wait no one knows yet whether the host answers. */
    @Test
    void whatFindsNoRoomIsDroppedInSilence() {
        final GatewayConfig config = Lab.small(2_000);
        try (Lab crowded = Lab.of(config.withInterfaces(config.inside(), InterfaceConfig.of("w0", "198.51.100.1/16")))) {
            for (int k = 0; k < 1100; k++) {
                crowded.fromInside(Packets.udp(IN1, 5000, "198.51." + (k >>> 8) + "." + (k & 255), 80, 30));
            }
            assertEquals(1024, crowded.count(Counter.HELD), "slots");
            assertEquals(75, crowded.count(DropReason.NEIGHBOUR_UNRESOLVED), "all others but the network's own address");
            assertEquals(0, crowded.count(Counter.ORIGINATED_ICMP_ERRORS) + crowded.count(Counter.ICMP_ERRORS_WITHHELD));
        }
    }

    /** An error whose own way leads to someone silent is lost, and no error follows it. */
    @Test
    void anErrorToASilentHostIsLost() {
        lab.fromInside(Packets.udp(INSIDE_SILENT, 5000, SILENT, 80, 30));
        assertEquals(List.of(), errorsWithin(10_000));
        assertEquals(1, lab.count(Counter.ORIGINATED_LOST));
        assertEquals(0, lab.count(Counter.ORIGINATED_ICMP_ERRORS));
        assertEquals(1, lab.count(DropReason.NEIGHBOUR_UNRESOLVED));
    }

    /** Lets time pass; gives the ICMP errors that left, not the ARP. */
    private List<byte[]> errorsWithin(final int milliseconds) {
        lab.sent.clear();
        lab.pass(milliseconds, TimeUnit.MILLISECONDS);
        lab.assertAccountedFor();
        return lab.sent.stream().map(Lab.Sent::frame).filter(frame -> frame[12] == 8 && frame[13] == 0).toList();
    }

    private static void assertUnreachable(final byte[] error, final String from, final String to, final byte[] about) {
        assertEquals(from, Packets.source(error));
        assertEquals(to, Packets.destination(error));
        assertEquals(0x0301, ByteBuffer.wrap(error).getShort(34));
        Packets.assertChecksums(error);
        final int quoted = Math.min(about.length - 14, 548);
        assertEquals(42 + quoted, error.length);
        assertArrayEquals(Arrays.copyOfRange(about, 14, 14 + quoted), Arrays.copyOfRange(error, 42, error.length));
    }
}
