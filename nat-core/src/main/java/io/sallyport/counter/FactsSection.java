package io.sallyport.counter;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.agrona.concurrent.AtomicBuffer;

/**
 * The facts section of the command-and-control file, which is read and written whole: a version in the header is odd while it changes. One
 * writer, any number of readers in any process.
 */
final class FactsSection {

    /** Room for facts that become longer: a path that comes has up to 4096 bytes. */
    static final int SPARE_LENGTH = 4096 + 256;

    private static final int MOST_ATTEMPTS = 1_000;

    private FactsSection() {
    }

    /** Writes other facts; what is longer than the section is cut off. */
    static void write(final AtomicBuffer file, final byte[] facts) {
        final int offset = CommandControlLayout.Section.FACTS.offset(file);
        final int length = CommandControlLayout.Section.FACTS.length(file);
        final int version = file.getInt(CommandControlLayout.FACTS_VERSION_OFFSET);
        // volatile: what follows is not seen before this
        file.putIntVolatile(CommandControlLayout.FACTS_VERSION_OFFSET, version + 1);
        file.putBytes(offset, Arrays.copyOf(facts, length));
        // release: pairs with the acquire in read
        file.putIntRelease(CommandControlLayout.FACTS_VERSION_OFFSET, version + 2);
    }

    /** The facts, padded with zeros; as they are found if their writer died over them. */
    static byte[] read(final AtomicBuffer file) {
        final byte[] facts = new byte[CommandControlLayout.Section.FACTS.length(file)];
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            final int version = file.getIntAcquire(CommandControlLayout.FACTS_VERSION_OFFSET);
            file.getBytes(CommandControlLayout.Section.FACTS.offset(file), facts);
            VarHandle.acquireFence();
            if ((version & 1) == 0 && file.getInt(CommandControlLayout.FACTS_VERSION_OFFSET) == version) {
                return facts;
            }
            Thread.onSpinWait();
        }
        return facts;
    }
}
