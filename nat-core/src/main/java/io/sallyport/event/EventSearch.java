package io.sallyport.event;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds out from an event log who had a public port when. It reads the file and those that it was rotated into, the parts that an index
 * covers through that, and the rest and what was compressed line by line.
 */
public final class EventSearch {

    private static final List<EventKind> ABOUT_THE_LOG = List.of(EventKind.STARTED, EventKind.STOPPED, EventKind.LOST);

    private final List<Path> files;
    private final List<Path> notRead = new ArrayList<>();

    /**
     * A search in a log.
     *
     * @param log the file that the gateway writes; others beside it whose names begin like its name belong to it
     * @throws IOException if there is none
     */
    public EventSearch(final Path log) throws IOException {
        files = filesOf(log);
        if (files.isEmpty()) {
            throw new NoSuchFileException(log.toString());
        }
    }

    /** The files of a log, its indexes not among them. */
    static List<Path> filesOf(final Path log) throws IOException {
        final String name = log.getFileName().toString();
        try (Stream<Path> siblings = Files.list(log.toAbsolutePath().getParent())) {
            return siblings.filter(file -> {
                final String other = file.getFileName().toString();
                return other.startsWith(name) && !other.endsWith(EventIndex.SUFFIX) && Files.isRegularFile(file);
            }).toList();
        }
    }

    /**
     * Finds out who had a public endpoint at some time within an interval.
     *
     * @param protocol index of the protocol
     * @param fromNs   first moment, in ns since 1970
     * @param toNs     first moment behind the last
     * @throws IOException if the log cannot be read
     */
    public Answer who(final int protocol, final int publicAddress, final int publicPort, final long fromNs, final long toNs)
        throws IOException {
        final Holdings holdings = new Holdings(protocol, publicAddress, publicPort, fromNs, toNs);
        final int[] keys = new int[ABOUT_THE_LOG.size() + 2];
        for (int i = 0; i < ABOUT_THE_LOG.size(); i++) {
            keys[i] = EventKey.of(ABOUT_THE_LOG.get(i));
        }
        keys[keys.length - 2] = EventKey.ofAddress(publicAddress);
        keys[keys.length - 1] = EventKey.of(protocol, publicAddress, publicPort);
        for (final LogFile file : open(toNs)) {
            try (file) {
                file.search(keys, holdings);
            }
        }
        return holdings.answer(notRead);
    }

    /** A file of the log. */
    private interface LogFile extends AutoCloseable {
        /** Time of its first line. */
        long beginNs();

        /** Passes on all lines with these keys, in the order of the file. */
        void search(int[] keys, Holdings holdings) throws IOException;

        @Override
        void close() throws IOException;
    }

    /** The files, oldest first; of the compressed ones those that begin early enough. */
    private List<LogFile> open(final long toNs) throws IOException {
        final List<LogFile> opened = new ArrayList<>();
        for (final Path path : files) {
            final CompressedLog compressed = new CompressedLog(path);
            final long compressedNs = CompressedLog.isOne(path) ? compressed.beginNs() : Long.MAX_VALUE;
            if (compressedNs != Long.MAX_VALUE) {
                if (compressedNs < toNs && !compressed.isHalfDone(compressedNs)) {
                    opened.add(new CompressedFile(path, compressedNs));
                }
                continue;
            }
            final FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            final byte[] first = EventScan.firstLine(channel);
            final EventLine line = new EventLine();
            if (line.read(first, 0, first.length)) {
                opened.add(new IndexedFile(path, channel, EventIndex.identity(first, first.length), line.timeNs()));
            } else {
                channel.close();
                if (Files.size(path) > 0) {
                    notRead.add(path);
                }
            }
        }
        opened.sort(Comparator.comparingLong(LogFile::beginNs));
        return opened;
    }

    /** A compressed file; where it is damaged, it has not been read. */
    private final class CompressedFile implements LogFile {

        private final Path path;
        private final long beginNs;

        CompressedFile(final Path path, final long beginNs) {
            this.path = path;
            this.beginNs = beginNs;
        }

        @Override
        public long beginNs() {
            return beginNs;
        }

        @Override
        public void search(final int[] keys, final Holdings holdings) throws IOException {
            holdings.begins(beginNs);
            final boolean isWhole = new CompressedLog(path).forEach(line -> {
                pass(line, keys, holdings);
                return true;
            });
            if (!isWhole) {
                notRead.add(path);
            }
        }

        @Override
        public void close() {
            // it is open only while it is read
        }
    }

    private static void pass(final EventLine line, final int[] keys, final Holdings holdings) {
        final int key = EventKey.of(line);
        for (final int wanted : keys) {
            if (key == wanted) {
                holdings.onLine(line);
            }
        }
        holdings.reaches(line.timeNs());
    }

    /** One file with its index. */
    private static final class IndexedFile implements LogFile {

        private static final int FIRST_STEP = 128;

        private final Path path;
        private final FileChannel log;
        private final long identity;
        private final long beginNs;
        private final long length;
        private final EventLine line = new EventLine();
        private final byte[] memory = new byte[EventText.LONGEST_LINE_LENGTH];
        private long[] found = new long[64];
        private int count;

        IndexedFile(final Path path, final FileChannel log, final long identity, final long beginNs) throws IOException {
            this.path = path;
            this.log = log;
            this.identity = identity;
            this.beginNs = beginNs;
            length = log.size();
        }

        @Override
        public long beginNs() {
            return beginNs;
        }

        @Override
        public void search(final int[] keys, final Holdings holdings) throws IOException {
            holdings.begins(beginNs);
            long covered = 0;
            try (FileChannel index = index()) {
                for (final EventIndex.Run run : index == null ? List.<EventIndex.Run>of() : EventIndex.runs(index, identity, length)) {
                    scan(covered, run.from(), keys, holdings);
                    lookUp(index, run, keys, holdings);
                    covered = run.to();
                    holdings.reaches(run.latestNs());
                }
            }
            scan(covered, length, keys, holdings);
        }

        @Override
        public void close() throws IOException {
            log.close();
        }

        /** The index of this file, whatever its name was when that was begun; null when it has none. */
        private FileChannel index() throws IOException {
            try (Stream<Path> siblings = Files.list(path.toAbsolutePath().getParent())) {
                final List<Path> indexes =
                    siblings.filter(file -> file.getFileName().toString().endsWith(EventIndex.suffix(identity))).toList();
                return indexes.isEmpty() ? null : FileChannel.open(indexes.getFirst(), StandardOpenOption.READ);
            }
        }

        private void scan(final long from, final long to, final int[] keys, final Holdings holdings) throws IOException {
            if (from < to) {
                new EventScan(log, from, to).forEach((scanned, position, end) -> pass(scanned, keys, holdings));
            }
        }

        private void lookUp(final FileChannel index, final EventIndex.Run run, final int[] keys, final Holdings holdings)
            throws IOException {
            final LongBuffer entries = index.map(FileChannel.MapMode.READ_ONLY, run.position(), (long) run.count() * Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
            count = 0;
            for (final int key : keys) {
                for (int at = first(entries, key); at < run.count() && entries.get(at) >>> 32 == key; at++) {
                    if (count == found.length) {
                        found = Arrays.copyOf(found, count * 2);
                    }
                    found[count++] = run.from() + (entries.get(at) & 0xFFFF_FFFFL);
                }
            }
            Arrays.sort(found, 0, count);
            for (int i = 0; i < count; i++) {
                if (EventScan.readLine(log, memory, found[i], line)) {
                    holdings.onLine(line);
                }
            }
        }

        /**
         * The first entry with a key, or where it would be. Keys are hashes, so it is near the place that follows from the key: from there
         * the search widens, so that it touches a page or two.
         */
        private static int first(final LongBuffer entries, final int key) {
            final long wanted = (long) key << 32;
            final int size = entries.limit();
            int low = (int) ((long) key * size >>> 31);
            int high = low;
            int step = FIRST_STEP;
            while (low > 0 && entries.get(low - 1) >= wanted) {
                low = Math.max(0, low - step);
                step *= 2;
            }
            step = FIRST_STEP;
            while (high < size && entries.get(high) < wanted) {
                high = Math.min(size, high + step);
                step *= 2;
            }
            while (low < high) {
                final int middle = low + high >>> 1;
                if (entries.get(middle) < wanted) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }
}
