package io.sallyport.counter;

import io.sallyport.counter.CommandControlLayout.Section;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;

/** The whole command-and-control file, for a test that scribbles into it. */
final class MappedFile {

    private final UnsafeBuffer bytes;

    private MappedFile(final UnsafeBuffer bytes) {
        this.bytes = bytes;
    }

    static MappedFile of(final Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(
            directory.resolve(CommandControlLayout.FILE_NAME), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new MappedFile(new UnsafeBuffer(channel.map(MapMode.READ_WRITE, 0, channel.size())));
        }
    }

    UnsafeBuffer bytes() {
        return bytes;
    }

    ManyToOneRingBuffer commands() {
        return new ManyToOneRingBuffer(new UnsafeBuffer(bytes, Section.COMMANDS.offset(bytes), Section.COMMANDS.length(bytes)));
    }
}
