package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboard of a real gateway with traffic, in a real browser. {@code -Dsallyport.regenerate=true} takes the picture for the documents,
 * which takes two minutes of traffic.
 */
@Privileged
class DashboardSystemTest {

    private static final boolean REGENERATE = Boolean.getBoolean("sallyport.regenerate");
    private static final Path PICTURE = Program.ROOT.resolve(REGENERATE ? "docs/dashboard.png" : "tools/target/dashboard.png");
    private static final int POINTS = REGENERATE ? 110 : 6;
    private static final Duration LIMIT = Duration.ofSeconds(REGENERATE ? 400 : 60);
    private static final String URL = "http://127.0.0.1:9479/";
    /** Each plot shows a course of so many points. */
    private static final String PLOTTED = "[...document.querySelectorAll('.plot')].length === 5 && [...document.querySelectorAll('.plot')]"
        + ".every(plot => [...plot.querySelectorAll('path.curve')].some(curve => curve.getAttribute('d').split('L').length >= %d))";
    /** Text against what is behind it (WCAG 2.1, 1.4.3), smallest ratio. */
    private static final String CONTRAST = """
        (() => {
          const light = name => {
            const probe = document.body.appendChild(document.createElement('i'));
            probe.style.color = 'var(' + name + ')';
            const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(n => n / 255)
              .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
            probe.remove();
            return .2126 * r + .7152 * g + .0722 * b;
          };
          const ratio = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
          const text = ['--text', '--muted', '--good', '--warn', '--bad'];
          return Math.min(...['--panel', '--ground'].flatMap(under => text.map(name => ratio(light(name), light(under)))));
        })()""";

    @TempDir
    private Path directory;

    private Network network;
    private GatewayUnderTest gateway;
    private Browser browser;
    private final List<BackgroundProcess> traffic = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        network = Network.create("sp-dash");
        network.startFarEnd(Program.CLASS_PATH);
        gateway = GatewayUnderTest.start(network, new Variant("packet", "inline"), "name: edge", "admin: { listen: 127.0.0.1:9479 }",
            "nat: { pool: [ 198.51.100.1, 198.51.100.8-198.51.100.10 ], ports: 1024-3071 }");
        browser = Browser.start(network.gateway(), directory);
        browser.show(1600, 1200, "light");
    }

    @AfterEach
    void stop() {
        traffic.forEach(BackgroundProcess::close);
        browser.close();
        gateway.close();
        network.close();
    }

    /** Five hosts download, upload, open connections, send datagrams and ping; strangers knock. */
    private void startTraffic() {
        for (int host = 11; host < 15; host++) {
            network.inside().run("ip", "address", "add", "10.77.0." + host + "/24", "dev", Network.HOST_INTERFACE);
        }
        final String server = "http://" + Network.OUTSIDE_HOST;
        inside("while :; do for rate in 3M 9M 16M 7M 12M 5M; do curl -s -m 9 --limit-rate $rate -o /dev/null '" + server
            + "/stream?seed=1&bytes=99999999999'; done; done");
        inside("while :; do for rate in 4M 2M 6M; do head -c 999999999 /dev/zero | curl -s -m 13 --limit-rate $rate -T - -o /dev/null "
            + server + "/sink; done; done");
        inside("while :; do for host in 11 12 11 13 11 14 12; do for n in 1 2 3; do echo x | socat -u - UDP4-SENDTO:" + Network.OUTSIDE_HOST
            + ":7,bind=10.77.0.$host; curl -s -o /dev/null --interface 10.77.0.$host " + server + "/whoami; done; sleep .3; done; done");
        inside("ping -i .2 " + Network.FAR_HOST);
        inside("ping -i .5 -t 1 " + Network.FAR_HOST);
        traffic.add(network.outside().start(List.of("bash", "-c", "while :; do for port in 22 23 80 443; do curl -s -m 1 http://"
            + Network.GATEWAY_OUTSIDE + ":$port; done; done")));
    }

    private void inside(final String script) {
        traffic.add(network.inside().start(List.of("bash", "-c", script)));
    }

    private String text(final String id) {
        return value("document.getElementById('" + id + "').textContent");
    }

    private String value(final String expression) {
        return browser.evaluate(expression).toString();
    }

    @Test
    void page_shows_what_the_gateway_does() throws IOException {
        startTraffic();
        browser.open(URL);
        browser.await(PLOTTED.formatted(POINTS), LIMIT);
        assertEquals("ready", text("state"));
        assertEquals("edge", text("name"));
        assertTrue(text("facts").contains("threading inline"), text("facts"));
        for (final String figure : List.of("bits-out", "bits-in", "packets-out", "packets-in")) {
            assertTrue(text(figure).matches("[1-9][0-9.]* .*"), figure + " " + text(figure));
        }
        browser.await("document.getElementById('drops').textContent.includes('unsolicited')");
        assertTrue(text("ports").contains(Network.GATEWAY_OUTSIDE) && text("ports").contains(" of 2,048"), text("ports"));
        assertTrue(text("account").matches("came in[0-9,]+forwarded.*"), text("account"));
        assertEquals(5, ((Number) browser.evaluate("document.querySelectorAll('.tile svg path.curve').length")).intValue());
        assertTrue(value("document.getElementById('bits').getAttribute('aria-label')").matches("Throughput: .*bit/s.*"));
        pointAtPlots();
        assertEquals(List.of(), browser.complaints());
        Files.write(PICTURE, browser.picture());
        browser.show(1600, 1200, "dark");
        Files.write(Path.of(PICTURE.toString().replace(".png", "-dark.png")), browser.picture());
    }

    /** All plots tell what was at the moment that is pointed at in one of them; a button chooses how much they show. */
    private void pointAtPlots() {
        browser.evaluate("(() => { const plot = document.getElementById('bits'); const box = plot.getBoundingClientRect();"
            + " plot.dispatchEvent(new PointerEvent('pointermove', { clientX: box.right - 12, clientY: box.top + 20 })); })()");
        browser.await("document.querySelectorAll('.plot .cursor').length === 5");
        assertTrue(value("document.querySelector('[data-plot=latency] h2').textContent").matches(".* \\d\\d:\\d\\d:\\d\\d"));
        browser.evaluate("document.getElementById('bits').dispatchEvent(new PointerEvent('pointerleave'))");
        browser.await("document.querySelectorAll('.plot .cursor').length === 0");
        browser.evaluate("document.querySelector('[data-seconds=\"60\"]').click()");
        assertEquals("1 min", browser.evaluate("document.querySelector('[aria-pressed=true]').textContent"));
        browser.evaluate("document.querySelector('[data-seconds=\"300\"]').click()");
        browser.await(PLOTTED.formatted(POINTS));
    }

    @Test
    void page_says_that_the_gateway_is_gone_and_goes_on_with_the_next() {
        inside("ping -i .1 " + Network.FAR_HOST);
        browser.open(URL);
        browser.await("document.getElementById('bits').querySelectorAll('path.curve').length === 2");
        assertEquals(0, gateway.process().stop(), gateway.process()::err);
        browser.await("document.getElementById('state').textContent.startsWith('gone since ')");
        browser.await("document.body.classList.contains('gone') && document.title.startsWith('gone')");
        gateway.restart();
        browser.await("document.getElementById('state').textContent === 'ready'");
        browser.await("document.getElementById('bits').querySelector('.restart') && document.getElementById('bits').querySelector('.gap')");
        browser.await("document.getElementById('bits').querySelectorAll('path.curve').length === 4");
        assertFalse(browser.complaints().stream().anyMatch(complaint -> complaint.contains("Error") || complaint.contains("Exception")),
            browser.complaints()::toString);
    }

    @Test
    void page_fits_a_phone_and_can_be_read_light_and_dark() throws IOException {
        startTraffic();
        browser.show(390, 844, "dark");
        browser.open(URL);
        browser.await(PLOTTED.formatted(6), LIMIT);
        assertEquals(true, browser.evaluate("document.documentElement.scrollWidth <= innerWidth"));
        assertTrue(((Number) browser.evaluate(CONTRAST)).doubleValue() >= 4.5, () -> "dark " + browser.evaluate(CONTRAST));
        Files.write(Program.ROOT.resolve("tools/target/dashboard-phone.png"), browser.picture());
        browser.show(390, 844, "light");
        assertTrue(((Number) browser.evaluate(CONTRAST)).doubleValue() >= 4.5, () -> "light " + browser.evaluate(CONTRAST));
        assertEquals(List.of(), browser.complaints());
    }
}
