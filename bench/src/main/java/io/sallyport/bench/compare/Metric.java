package io.sallyport.bench.compare;

import java.util.List;

/** Something that is measured of all devices. */
interface Metric {

    /** Short name, for {@code --only} and files. */
    String key();

    /** About how long it takes. */
    double seconds(Bench bench);

    /** Measures, and fills tables. */
    List<Table> measure(Bench bench);
}
