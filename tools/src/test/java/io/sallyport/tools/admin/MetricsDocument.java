package io.sallyport.tools.admin;

import io.sallyport.tools.admin.Exposition.Family;
import java.util.stream.Collectors;

/** {@code docs/metrics.md}, from the metrics themselves. */
final class MetricsDocument {

    private MetricsDocument() {
    }

    /** The document. */
    static String of(final Exposition metrics) {
        return """
            # Metrics

            Made from the metrics of the program by `GatewayMetricsTest`; do not edit. `admin.listen: 127.0.0.1:9479` serves

            - `/metrics`: all that follows, for Prometheus (its text format, and OpenMetrics 1.0 where that is asked for);
            - `/api/status`: the same as JSON, with the same words in camelCase, and rates over the last second or, if nobody asked for
              longer, since somebody did (`rates.intervalSeconds`). It is what `sallyport status --json` prints and, besides, when it was so
              (`sampleEpochMs`, `startEpochMs`) and the latencies as a histogram; of the public addresses it has the fullest 256;
            - `/`: the dashboard ([a picture](dashboard.png)), a page that loads nothing from anywhere else.

            To have Prometheus scrape and watch it:

            ```yaml
            scrape_configs:
              - job_name: sallyport
                static_configs: [ { targets: [ "127.0.0.1:9479" ] } ]
            rule_files: [ alerts.yaml ]
            ```

            [prometheus/alerts.yaml](prometheus/alerts.yaml) has alerts, [grafana/sallyport.json](grafana/sallyport.json) a dashboard for
            Grafana.

            **What can be done to it.** Nothing: there is no call that changes anything, and no password. Who reaches the port can read what
            is here. It is served to its own machine unless `admin.listen` names another address, and then a web page that makes a browser
            of this machine ask under a name of its own is refused. At most 20 requests a second are answered (bursts of 40), the rest gets
            503; at most 32 connections are held, the rest is closed; a request must come within 2 s, without a body, in 16 KB. What that
            costs the gateway is in [decision 012](decisions/012-admin-listener.md).

            Source is the inside, destination the outside. Counters begin at 0 when the gateway starts. Of pools of more than 1,024
            addresses the fullest 1,024 are told.

            | metric | type | labels | what it is |
            | --- | --- | --- | --- |
            """ + metrics.families().stream().map(MetricsDocument::row).collect(Collectors.joining())
            + """

            `reason` has the reasons of [counters.md](counters.md), `state` is starting, ready, draining or stopped.
            """;
    }

    private static String row(final Family family) {
        return "| `%s` | %s | %s | %s |\n".formatted(family.name(), family.type(),
            family.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", ")), family.help());
    }
}
