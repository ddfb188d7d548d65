package io.sallyport.tools.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Reads {@code docs/faults}: blocks of lines with empty lines between them. {@code docs/faults/README.md} describes them.
 *
 * @param faults  all faults, in the order of the files
 * @param without rows that have no fault, and why
 */
record FaultList(List<Fault> faults, Map<String, String> without) {

    private static final String SUFFIX = ".faults";
    private static final String SOURCES = "nat-core/src/main/java/io/sallyport";

    FaultList {
        faults = List.copyOf(faults);
        without = Map.copyOf(without);
    }

    /** Reads all files of a directory, in the order of their names. */
    static FaultList read(final Path directory) throws IOException, FaultException {
        final List<Fault> faults = new ArrayList<>();
        final Map<String, String> without = new LinkedHashMap<>();
        final List<Path> files;
        try (Stream<Path> found = Files.list(directory)) {
            files = found.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).sorted().toList();
        }
        for (final Path file : files) {
            parse(Files.readString(file), faults, without);
        }
        return new FaultList(faults, without);
    }

    /** The source file of a fault. */
    static Path source(final Path root, final Fault fault) {
        return root.resolve(SOURCES).resolve(fault.file());
    }

    private static void parse(final String text, final List<Fault> faults, final Map<String, String> without) throws FaultException {
        for (final String block : text.split("\n(?:[ \t]*\n)+")) {
            final List<String> lines = block.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
            if (lines.isEmpty()) {
                continue;
            }
            final Map<String, String> fields = fields(lines);
            if (fields.containsKey("without")) {
                without.put(field(fields, "row", block), field(fields, "without", block));
            } else {
                faults.add(new Fault(field(fields, "fault", block), List.of(field(fields, "rows", block).split("[ ,]+")),
                    field(fields, "file", block), joined(lines, '-', block), joined(lines, '+', block), field(fields, "broken", block)));
            }
        }
    }

    private static Map<String, String> fields(final List<String> lines) throws FaultException {
        final Map<String, String> fields = new LinkedHashMap<>();
        for (final String line : lines) {
            if (line.charAt(0) != '-' && line.charAt(0) != '+') {
                final int colon = line.indexOf(": ");
                if (colon < 0) {
                    throw new FaultException("\"" + line + "\" is neither \"key: value\" nor text behind - or +");
                }
                fields.put(line.substring(0, colon), line.substring(colon + 2).strip());
            }
        }
        return fields;
    }

    private static String field(final Map<String, String> fields, final String key, final String block) throws FaultException {
        final String value = fields.get(key);
        if (value == null) {
            throw new FaultException("no \"" + key + ":\" in\n" + block);
        }
        return value;
    }

    /** The lines behind a mark, without it and the space behind it. */
    private static String joined(final List<String> lines, final char mark, final String block) throws FaultException {
        final List<String> marked = lines.stream().filter(line -> line.charAt(0) == mark).map(FaultList::withoutMark).toList();
        if (marked.isEmpty()) {
            throw new FaultException("no line with " + mark + " in\n" + block);
        }
        return String.join("\n", marked);
    }

    private static String withoutMark(final String line) {
        return line.length() > 1 && line.charAt(1) == ' ' ? line.substring(2) : line.substring(1);
    }
}
