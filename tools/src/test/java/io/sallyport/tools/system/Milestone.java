package io.sallyport.tools.system;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;

/** A stream that says when so many bytes have been read. */
final class Milestone extends FilterInputStream {

    private final CountDownLatch reached;
    private long leftBytes;

    Milestone(final InputStream stream, final long afterBytes, final CountDownLatch reached) {
        super(stream);
        this.leftBytes = afterBytes;
        this.reached = reached;
    }

    @Override
    public int read(final byte[] target, final int offset, final int length) throws IOException {
        final int count = super.read(target, offset, length);
        leftBytes -= count;
        if (leftBytes <= 0) {
            reached.countDown();
        }
        return count;
    }
}
