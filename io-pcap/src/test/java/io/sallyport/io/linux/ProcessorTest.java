package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernel's headers have the same numbers, and an assembler makes the same code; on amd64 system tests run it. */
class ProcessorTest {

    private static final Pattern NUMBER = Pattern.compile("(?m)^#define __NR_(\\w+) (\\d+)$");
    private static final int CODE_LENGTH = 256;

    @ParameterizedTest
    @CsvSource({
        "AMD64, /usr/include/x86_64-linux-gnu/asm/unistd_64.h, 157, 126",
        "AARCH64, /usr/include/asm-generic/unistd.h, 167, 91"})
    void numbers_of_system_calls_are_those_of_the_kernel(
        final Processor processor, final Path header, final int prctlInCode, final int capsetInCode) throws IOException {
        assumeTrue(Files.exists(header), () -> "needs " + header + " (package linux-libc-dev)");
        final Map<String, Integer> numbers = NUMBER.matcher(Files.readString(header)).results()
            .collect(Collectors.toMap(match -> match.group(1), ProcessorTest::number, (first, second) -> first));
        assertEquals(
            Map.of("mprotect", numbers.get("mprotect"), "rt_sigaction", numbers.get("rt_sigaction"), "mlockall", numbers.get("mlockall"),
                "tgkill", numbers.get("tgkill"), "prctl", numbers.get("prctl"), "capset", numbers.get("capset")),
            Map.of("mprotect", processor.mprotect(), "rt_sigaction", processor.rtSigaction(), "mlockall", processor.mlockall(),
                "tgkill", processor.tgkill(), "prctl", prctlInCode, "capset", capsetInCode));
    }

    private static int number(final MatchResult match) {
        return Integer.parseInt(match.group(2));
    }

    @Test
    void the_code_for_aarch64_is_what_an_assembler_makes_of_it() {
        assertEquals("""
            mov x8, #167    e81480d2
            mov x0, #38     c00480d2
            mov x1, #1      210080d2
            mov x2, #0      020080d2
            mov x3, #0      030080d2
            mov x4, #0      040080d2
            svc #0          010000d4
            mov x8, #91     680b80d2
            adr x0, 0x100   00070010
            adr x1, 0x140   e1080010
            svc #0          010000d4
            ret             c0035fd6
            """.replaceAll("(?m)^.* ", "").replace("\n", ""), code(Processor.AARCH64, 0, 48));
        assertEquals("00".repeat(CODE_LENGTH - 48), code(Processor.AARCH64, 48, CODE_LENGTH - 48));
    }

    @Test
    void the_code_for_amd64_is_what_an_assembler_makes_of_it() {
        assertEquals("""
            mov eax, 157               b89d000000
            mov edi, 38                bf26000000
            mov esi, 1                 be01000000
            xor edx, edx               31d2
            xor r10, r10               4d31d2
            xor r8, r8                 4d31c0
            syscall                    0f05
            mov eax, 126               b87e000000
            lea rdi, [rip+0xdb]        488d3ddb000000
            lea rsi, [rip+0x114]       488d3514010000
            syscall                    0f05
            ret                        c3
            """.replaceAll("(?m)^.* ", "").replace("\n", ""), code(Processor.AMD64, 0, 47));
        assertEquals("48c7c00f000000" + "0f05", code(Processor.AMD64, Processor.RESTORER_OFFSET, 9));
    }

    private static String code(final Processor processor, final int offset, final int length) {
        final byte[] page = new byte[CODE_LENGTH];
        processor.putCode(new UnsafeBuffer(page));
        return HexFormat.of().formatHex(page, offset, offset + length);
    }
}
