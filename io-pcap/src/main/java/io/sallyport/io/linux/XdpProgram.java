package io.sallyport.io.linux;

import io.sallyport.packet.PortException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The program that hands every frame of an interface to the AF_XDP socket of its receive queue, loaded and attached by bpf(2). Frames of
 * a queue without a socket go on to the kernel. Control path.
 *
 * <pre>{@code
 *  r2 = context.rx_queue_index             struct bpf_insn (linux/bpf.h): 8 bytes
 *  r1 = sockets                            +----------------------------------------------------+
 *  r3 = XDP_PASS                           | 0  code | 1  registers: destination, source        |
 *  r0 = bpf_redirect_map(r1, r2, r3)       | 2  offset (short)   | 4  immediate (int)           |
 *  return r0                               +----------------------------------------------------+
 * }</pre>
 *
 * <p>It is attached by a link, which the kernel takes away with its last descriptor: when the gateway closes that, and when it is killed.
 * A program of somebody else's is never replaced.
 */
final class XdpProgram implements AutoCloseable {

    private static final int BPF_MAP_CREATE = 0;
    private static final int BPF_MAP_UPDATE_ELEM = 2;
    private static final int BPF_PROG_LOAD = 5;
    private static final int BPF_LINK_CREATE = 28;
    private static final int BPF_MAP_TYPE_XSKMAP = 17;
    private static final int BPF_PROG_TYPE_XDP = 6;
    private static final int BPF_XDP = 37;

    private static final int INSTRUCTION_LENGTH = 8;
    private static final int INSTRUCTIONS = 6;
    private static final long LOAD_INT = 0x61;
    private static final long LOAD_LONG_IMMEDIATE = 0x18;
    private static final long MOVE_IMMEDIATE = 0xB7;
    private static final long CALL = 0x85;
    private static final long EXIT = 0x95;
    private static final int PSEUDO_MAP_FD = 1;
    private static final int RX_QUEUE_INDEX_OFFSET = 16;
    private static final int XDP_PASS = 2;
    private static final int REDIRECT_MAP = 51;

    private static final int ATTRIBUTES_LENGTH = 72;
    private static final int MAP_NAME_OFFSET = 28;
    private static final int PROGRAM_NAME_OFFSET = 48;
    private static final int EXPECTED_ATTACH_TYPE_OFFSET = 68;
    private static final byte[] NAME = "sallyport".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LICENSE = "Apache-2.0\0".getBytes(StandardCharsets.US_ASCII);

    private final LinuxCalls calls;
    private final String interfaceName;
    private final UnsafeBuffer attributes = NativeMemory.allocate(ATTRIBUTES_LENGTH);
    private int socketsFd = -1;
    private int programFd = -1;
    private int linkFd = -1;
    private Mode mode = Mode.NATIVE;

    /** Where the program runs. */
    enum Mode {
        /** In the driver. */
        NATIVE(4),
        /** In the kernel's stack, before everything else: for drivers that cannot. */
        GENERIC(2);

        /** XDP_FLAGS_DRV_MODE, XDP_FLAGS_SKB_MODE (linux/if_link.h). */
        private final int flag;

        Mode(final int flag) {
            this.flag = flag;
        }
    }

    private XdpProgram(final LinuxCalls calls, final String interfaceName) {
        this.calls = calls;
        this.interfaceName = interfaceName;
    }

    /**
     * Loads the program and attaches it, native if the driver can, else generic. All frames pass until sockets are added.
     *
     * @param queues number of receive queues
     * @throws PortException with a message for the user, after undoing what was done
     */
    static XdpProgram attach(final LinuxCalls calls, final LinuxInterface link, final int queues) throws PortException {
        final XdpProgram program = new XdpProgram(calls, link.name());
        try {
            program.createMap(queues);
            program.load();
            program.attach(link.index());
            return program;
        } catch (final PortException e) {
            program.close();
            throw e;
        }
    }

    /** Why no map of sockets can be made, as a negated error number, or 0. */
    static int probe(final LinuxCalls calls) {
        try (XdpProgram program = new XdpProgram(calls, "")) {
            program.socketsFd = program.callForMap(1);
            return Math.min(0, program.socketsFd);
        }
    }

    private void createMap(final int queues) throws PortException {
        socketsFd = require(callForMap(queues), "making a map of sockets");
    }

    private int callForMap(final int queues) {
        clear();
        attributes.putInt(0, BPF_MAP_TYPE_XSKMAP);
        attributes.putInt(4, Integer.BYTES);
        attributes.putInt(8, Integer.BYTES);
        attributes.putInt(12, queues);
        attributes.putBytes(MAP_NAME_OFFSET, NAME);
        return call(BPF_MAP_CREATE);
    }

    private void load() throws PortException {
        final UnsafeBuffer code = NativeMemory.allocate(INSTRUCTIONS * INSTRUCTION_LENGTH);
        code.putLong(0, instruction(LOAD_INT, 2, 1, RX_QUEUE_INDEX_OFFSET, 0));
        code.putLong(8, instruction(LOAD_LONG_IMMEDIATE, 1, PSEUDO_MAP_FD, 0, socketsFd));
        code.putLong(16, 0);
        code.putLong(24, instruction(MOVE_IMMEDIATE, 3, 0, 0, XDP_PASS));
        code.putLong(32, instruction(CALL, 0, 0, 0, REDIRECT_MAP));
        code.putLong(40, instruction(EXIT, 0, 0, 0, 0));
        final UnsafeBuffer license = NativeMemory.allocate(LICENSE.length);
        license.putBytes(0, LICENSE);
        clear();
        attributes.putInt(0, BPF_PROG_TYPE_XDP);
        attributes.putInt(4, INSTRUCTIONS);
        attributes.putLong(8, code.addressOffset());
        attributes.putLong(16, license.addressOffset());
        attributes.putBytes(PROGRAM_NAME_OFFSET, NAME);
        attributes.putInt(EXPECTED_ATTACH_TYPE_OFFSET, BPF_XDP);
        programFd = require(call(BPF_PROG_LOAD), "loading the XDP program");
        Reference.reachabilityFence(code);
        Reference.reachabilityFence(license);
    }

    private static long instruction(
        final long code, final int destination, final int source, final int offset, final int immediate) {
        return code | (long) destination << 8 | (long) source << 12 | (long) offset << 16 | (long) immediate << 32;
    }

    private void attach(final int interfaceIndex) throws PortException {
        int result = attach(interfaceIndex, Mode.NATIVE);
        if (result < 0 && result != -Errno.EBUSY && result != -Errno.EEXIST && result != -Errno.EPERM) {
            result = attach(interfaceIndex, Mode.GENERIC);
        }
        if (result == -Errno.EBUSY || result == -Errno.EEXIST) {
            throw new PortException("interface " + interfaceName + " has an XDP program of somebody else's, which is left alone:"
                + " detach it first (ip link set dev " + interfaceName + " xdp off), or use another backend");
        }
        linkFd = require(result, "attaching the XDP program");
    }

    private int attach(final int interfaceIndex, final Mode wanted) {
        clear();
        attributes.putInt(0, programFd);
        attributes.putInt(4, interfaceIndex);
        attributes.putInt(8, BPF_XDP);
        attributes.putInt(12, wanted.flag);
        mode = wanted;
        return call(BPF_LINK_CREATE);
    }

    /** Redirects the frames of a queue to a socket that is bound to it. */
    void redirect(final int queue, final XskSocket socket) throws PortException {
        final UnsafeBuffer entry = NativeMemory.allocate(2 * Integer.BYTES);
        entry.putInt(0, queue);
        entry.putInt(4, socket.fd());
        clear();
        attributes.putInt(0, socketsFd);
        attributes.putLong(8, entry.addressOffset());
        attributes.putLong(16, entry.addressOffset() + Integer.BYTES);
        require(call(BPF_MAP_UPDATE_ELEM), "handing queue " + queue + " to its socket");
        Reference.reachabilityFence(entry);
    }

    /** Where it runs. */
    Mode mode() {
        return mode;
    }

    private void clear() {
        attributes.setMemory(0, ATTRIBUTES_LENGTH, (byte) 0);
    }

    private int call(final int command) {
        return calls.bpf(command, attributes.addressOffset(), ATTRIBUTES_LENGTH);
    }

    private int require(final int result, final String action) throws PortException {
        if (result == -Errno.EPERM || result == -Errno.EACCES) {
            throw new PortException("interface " + interfaceName + ": " + action + ": " + XdpBackend.NO_PERMISSION);
        }
        if (result < 0) {
            throw new PortException("interface " + interfaceName + ": " + action + ": " + Errno.describe(result));
        }
        return result;
    }

    /** Detaches it: the kernel gets the frames again. */
    @Override
    public void close() {
        linkFd = close(linkFd);
        programFd = close(programFd);
        socketsFd = close(socketsFd);
    }

    private int close(final int fd) {
        if (fd >= 0) {
            calls.close(fd);
        }
        return -1;
    }
}
