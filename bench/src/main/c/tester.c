// SPDX-License-Identifier: Apache-2.0
/*
 * A tester with two ports, one on either side of a gateway. It sends 60-byte UDP packets of many flows on one and watches them arrive on
 * the other, in one thread, by raw sockets: no host's stack has a part in it.
 *
 * Open loop: packet n of a phase is due at start + n / rate whatever became of those before it, and carries that time. Its latency is
 * counted from then, so that a gateway (or tester) that stalls is charged for every packet that it delays. The time of arrival is the
 * kernel's, taken where the far host's stack would get the packet.
 *
 * Phase 1 opens the flows, one packet each (RFC 9693, section 4.1). Phase 2 measures over them, or over ever new ones.
 */
#define _GNU_SOURCE
#include "packet.h"
#include "port.h"

#include <errno.h>
#include <getopt.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>

#define NS_PER_S 1000000000ull
#define BATCH 64
#define RECEIVE_BUDGET 256
#define BLOCK_LENGTH (1 << 20)
#define BLOCKS 16
#define SLOT_LENGTH 128
#define SAMPLED_ONE_OF 64
#define MOST_RATES 16
#define SHORT_WARM_UP 0.2
#define MOST_REPEATS 10
#define SETTLE_NS (100 * 1000 * 1000ull)

enum order { RANDOM, NEW };
enum capture { ALL, SAMPLE };
enum stamp { INTENDED, SENT };

static struct {
	const char *namespaces[2];
	const char *interfaces[2];
	uint8_t gateway_macs[2][6];
	struct prefix public;
	uint32_t flows;
	double open_rate;
	double rates[MOST_RATES];	/* packets a second, one phase 2 each; 0 is as many as possible */
	int rate_count;
	double rate;		/* that of the present phase 2 */
	double seconds;
	double warm_up;
	enum way way;
	enum order order;
	enum capture capture;
	enum stamp stamp;
	bool waits;
	const char *latencies;
} settings = { .flows = 64, .rate_count = 1, .open_rate = 100e3, .seconds = 1, .public = { 0, 0 } };

/* What came of a phase. */
static struct counts {
	uint64_t sent, refused, received, good, late_or_twice, bad_checksum, bad_address;
	uint64_t lateness_ns;	/* the longest that a packet was sent after it was due */
	uint64_t stall_ns;	/* the longest that the tester itself did nothing */
} counts;

static struct port ports[2];		/* by enum way: where packets of that way are sent */
static enum way way;
static struct flow *flows;
static uint8_t frames[BATCH][64];	/* each two bytes into its line, so that the IP header is aligned */
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];
static uint32_t *latencies;
static uint64_t latency_capacity, latency_count, record_from_ns = UINT64_MAX;
static uint64_t random_state = 0x9E3779B97F4A7C15ull;
static uint32_t next_new_flow;

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * NS_PER_S + time.tv_nsec;
}

static uint32_t random_flow(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (((random_state * 0x2545F4914F6CDD1Dull) >> 32) * settings.flows) >> 32;
}

/* Packets that the far end's interface has received, whoever looks at them. */
static uint32_t delivered(void)
{
	struct ifaddrs *all;
	uint32_t packets = 0;

	if (getifaddrs(&all) < 0)
		die("interface counters");
	for (const struct ifaddrs *each = all; each != NULL; each = each->ifa_next)
		if (each->ifa_addr != NULL && each->ifa_addr->sa_family == AF_PACKET
		    && strcmp(each->ifa_name, settings.interfaces[!settings.way]) == 0)
			packets = ((const struct rtnl_link_stats *) each->ifa_data)->rx_packets;
	freeifaddrs(all);
	return packets;
}

static void account(const struct content *content, struct flow *flow, uint64_t arrival_ns)
{
	counts.good++;
	flow->seen = 1;
	if (content->number < flow->expected)
		counts.late_or_twice++;
	else
		flow->expected = content->number + 1;
	if (content->stamp_ns >= record_from_ns && latency_count < latency_capacity) {
		const int64_t latency_ns = (int64_t) (arrival_ns - content->stamp_ns);

		latencies[latency_count++] = latency_ns < 0 ? 0 : latency_ns > UINT32_MAX ? UINT32_MAX : latency_ns;
	}
}

static void receive(void)
{
	struct ring *ring = &ports[!way].ring;
	struct tpacket2_hdr *slot;
	struct content content;

	for (int i = 0; i < RECEIVE_BUDGET && (slot = ring_peek(ring)) != NULL; i++) {
		const enum judgement judgement = packet_judge(slot_frame(slot), slot->tp_len, way, flows, settings.flows,
							      &settings.public, &content);

		counts.received += judgement != NOT_OURS;
		counts.bad_checksum += judgement == BAD_CHECKSUM;
		counts.bad_address += judgement == BAD_ADDRESS;
		if (judgement == GOOD)
			account(&content, &flows[content.flow], slot->tp_sec * NS_PER_S + slot->tp_nsec);
		ring_release(slot);
		ring_step(ring);
	}
}

/* Receives what is still on its way. */
static void settle(void)
{
	const uint64_t until_ns = now_ns() + SETTLE_NS;

	while (now_ns() < until_ns)
		receive();
}

static void send_all(int count)
{
	int first = 0;

	while (first < count) {
		const int sent = sendmmsg(ports[way].fd, messages + first, count - first, 0);

		if (sent > 0) {
			first += sent;
		} else if (errno == ENOBUFS || errno == EAGAIN) {
			counts.refused++;
			first++;
		} else if (errno != EINTR) {
			die("sending");
		}
	}
	counts.sent += count;
}

/* Writes the i-th packet of the batch to send. */
static void write_packet(int i, uint32_t flow, uint64_t stamp_ns)
{
	const struct content content = { .flow = flow, .number = flows[flow].sent++, .stamp_ns = stamp_ns };

	packet_write(frames[i] + 2, way, &flows[flow], &content);
}

/* When packet n is due. */
static uint64_t due_ns(uint64_t start_ns, uint64_t n, double rate)
{
	return start_ns + (uint64_t) (n * (NS_PER_S / rate));
}

/* Sends one packet of each flow that has not been seen yet, and returns how many have not been afterwards. */
static uint32_t open_flows(void)
{
	const uint64_t start_ns = now_ns();
	uint32_t flow = 0, unseen = 0;
	uint64_t n = 0;

	while (flow < settings.flows) {
		const uint64_t time_ns = now_ns();
		int count = 0;

		for (; count < BATCH && flow < settings.flows && due_ns(start_ns, n, settings.open_rate) <= time_ns; flow++) {
			if (!flows[flow].seen) {
				write_packet(count++, flow, time_ns);
				n++;
			}
		}
		send_all(count);
		receive();
	}
	settle();
	for (flow = 0; flow < settings.flows; flow++)
		unseen += !flows[flow].seen;
	return unseen;
}

/* The flows of the next batch, loaded into the cache all at once. */
static int choose_flows(uint32_t chosen[BATCH], int wanted)
{
	int count = 0;

	for (; count < wanted; count++) {
		if (settings.order == NEW && next_new_flow == settings.flows)
			break;
		chosen[count] = settings.order == NEW ? next_new_flow++ : random_flow();
		__builtin_prefetch(&flows[chosen[count]], 1);
	}
	return count;
}

/* Sends for so many seconds; false when there was no flow left. */
static bool run_phase(double seconds)
{
	const uint64_t start_ns = now_ns(), end_ns = start_ns + (uint64_t) (seconds * NS_PER_S);
	uint64_t n = 0, time_ns = start_ns, last_ns = start_ns;
	uint32_t chosen[BATCH];

	for (; time_ns < end_ns; last_ns = time_ns, time_ns = now_ns()) {
		int due = BATCH;

		if (time_ns - last_ns > counts.stall_ns)
			counts.stall_ns = time_ns - last_ns;
		if (settings.rate > 0) {
			for (due = 0; due < BATCH && due_ns(start_ns, n + due, settings.rate) <= time_ns; due++)
				;
			if (due > 0 && time_ns - due_ns(start_ns, n, settings.rate) > counts.lateness_ns)
				counts.lateness_ns = time_ns - due_ns(start_ns, n, settings.rate);
		}
		if (due > 0) {
			const int count = choose_flows(chosen, due);

			for (int i = 0; i < count; i++, n++)
				write_packet(i, chosen[i], settings.rate > 0 && settings.stamp == INTENDED
					     ? due_ns(start_ns, n, settings.rate) : time_ns);
			send_all(count);
			if (count < due)
				return false;
		}
		receive();
	}
	return true;
}

/* From here on the ring gets one packet of many: all of them would cost the core that the gateway runs on. */
static void capture_sample(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t) (SKF_AD_OFF + SKF_AD_RANDOM)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SAMPLED_ONE_OF - 1),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(*code), .filter = code };

	if (setsockopt(ports[!way].fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		die("filter");
}

static unsigned int ring_drops(void)
{
	struct tpacket_stats statistics = { 0 };
	socklen_t length = sizeof(statistics);

	if (getsockopt(ports[!way].fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) < 0)
		die("statistics");
	return statistics.tp_drops;
}

/* Forgets what was counted. */
static void begin_counting(void)
{
	memset(&counts, 0, sizeof(counts));
	ring_drops();
}

/* Sockets stay in the namespace that they were opened in; the process ends up where the packets of phase 2 arrive. */
static void open_ports(void)
{
	const enum way order[2] = { settings.way, !settings.way };

	for (int i = 0; i < 2; i++) {
		const enum way each = order[i];

		enter_namespace(settings.namespaces[each]);
		port_open(&ports[each], settings.interfaces[each]);
		port_option(&ports[each], PACKET_QDISC_BYPASS, 1);
		if (each == INWARD || settings.way == INWARD)
			port_add_ring(&ports[each], BLOCK_LENGTH, BLOCKS, SLOT_LENGTH);
		port_bind(&ports[each]);
	}
}

/* From now on packets go this way. */
static void turn(enum way direction)
{
	way = direction;
	for (int i = 0; i < BATCH; i++) {
		struct ethhdr *ethernet = (struct ethhdr *) (frames[i] + 2);

		memcpy(ethernet->h_dest, settings.gateway_macs[way], ETH_ALEN);
		memcpy(ethernet->h_source, ports[way].mac, ETH_ALEN);
		ethernet->h_proto = htons(ETH_P_IP);
		vectors[i].iov_base = ethernet;
		vectors[i].iov_len = FRAME_LENGTH;
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static void report(const char *phase, uint64_t elapsed_ns, uint32_t delivered_count)
{
	const uint64_t intended = settings.rate > 0 ? (uint64_t) (settings.rate * elapsed_ns / NS_PER_S) : counts.sent;

	printf("%s elapsed_ns=%lu intended=%lu sent=%lu refused=%lu delivered=%u received=%lu good=%lu lost=%lu late_or_twice=%lu "
	       "bad_checksum=%lu bad_address=%lu tester_drops=%u lateness_ns=%lu stall_ns=%lu latencies=%lu\n",
	       phase, elapsed_ns, intended, counts.sent, counts.refused, delivered_count, counts.received, counts.good,
	       settings.capture == ALL ? counts.sent - counts.good : 0, counts.late_or_twice, counts.bad_checksum, counts.bad_address,
	       ring_drops(), counts.lateness_ns, counts.stall_ns, latency_count);
	fflush(stdout);
}

/* Phase 1: with further packets for flows whose first was lost, which a gateway that has just started may well do. */
static void open_phase(void)
{
	const uint64_t start_ns = now_ns();
	uint32_t unseen, first_unseen;
	uint64_t elapsed_ns;

	turn(OUTWARD);
	first_unseen = unseen = open_flows();
	elapsed_ns = now_ns() - start_ns - SETTLE_NS;
	for (int again = 0; again < MOST_REPEATS && unseen > 0; again++)
		unseen = open_flows();
	printf("opened elapsed_ns=%lu flows=%u lost=%u unopened=%u bad_checksum=%lu bad_address=%lu tester_drops=%u\n", elapsed_ns,
	       settings.flows, first_unseen, unseen, counts.bad_checksum, counts.bad_address, ring_drops());
	fflush(stdout);
}

/* Phase 2, at the rate set. Only the first has all of its warm-up: later ones find everything warm but for the rate. */
static void measure_phase(double warm_up)
{
	uint64_t start_ns, elapsed_ns;
	uint32_t before;

	run_phase(warm_up);
	if (settings.capture == ALL)
		settle();
	begin_counting();
	puts("measuring");
	fflush(stdout);
	before = delivered();
	start_ns = record_from_ns = now_ns();
	if (!run_phase(settings.seconds))
		puts("exhausted");
	elapsed_ns = now_ns() - start_ns;
	before = delivered() - before;
	puts("measured");
	fflush(stdout);
	settle();
	report("result", elapsed_ns, before);
}

static void write_latencies(void)
{
	FILE *file;

	if (settings.latencies == NULL)
		return;
	file = fopen(settings.latencies, "wb");
	if (file == NULL || fwrite(latencies, sizeof(*latencies), latency_count, file) != latency_count || fclose(file) != 0)
		die("%s", settings.latencies);
}

static void allocate(void)
{
	const double most = settings.rates[0] * settings.seconds * 1.01 + BATCH;

	flows = malloc(settings.flows * sizeof(*flows));
	if (settings.latencies != NULL)
		latency_capacity = most;
	latencies = malloc((latency_capacity + 1) * sizeof(*latencies));
	if (flows == NULL || latencies == NULL)
		die("memory");
	/* pages are there before it matters */
	memset(flows, 0, settings.flows * sizeof(*flows));
	memset(latencies, 0, latency_capacity * sizeof(*latencies));
}

/* Numbers with commas between. */
static void parse_rates(char *text)
{
	settings.rate_count = 0;
	for (char *each = strtok(text, ","); each != NULL && settings.rate_count < MOST_RATES; each = strtok(NULL, ","))
		settings.rates[settings.rate_count++] = strtod(each, NULL);
}

/* SIDE is NAMESPACE:INTERFACE:MAC of the gateway there. */
static void parse_side(char *text, enum way direction)
{
	char *interface = strchr(text, ':'), *mac = interface == NULL ? NULL : strchr(interface + 1, ':');

	errno = 0;
	if (mac == NULL)
		die("%s is not NAMESPACE:INTERFACE:MAC", text);
	*interface = *mac = '\0';
	settings.namespaces[direction] = text;
	settings.interfaces[direction] = interface + 1;
	parse_mac(mac + 1, settings.gateway_macs[direction]);
}

static void usage(void)
{
	fputs("usage: tester --inside SIDE --outside SIDE [OPTION ...]      SIDE is NAMESPACE:INTERFACE:MAC of the gateway there\n"
	      "  --public ADDRESS/LENGTH   where translated packets come from\n"
	      "  --flows N                 how many (64)\n"
	      "  --open RATE               packets a second in phase 1 (100000); 0 leaves it out\n"
	      "  --rate RATE[,RATE...]     packets a second in phase 2, which is done once for each; 0, which is also the default, is as\n"
	      "                            many as possible\n"
	      "  --warm-up S, --seconds S  how long phase 2 is, before and while counting (0, 1)\n"
	      "  --new                     every packet of phase 2 opens a flow\n"
	      "  --inward                  phase 2 sends from outside, to what phase 1 has opened\n"
	      "  --sample                  looks at one packet of 64 in phase 2, and counts the rest\n"
	      "  --stamp-sent              latency counts from when a packet was sent, not from when it was due\n"
	      "  --latencies FILE          gets all latencies in order of arrival: 32 bits each, in ns\n"
	      "  --wait                    says prepared, and waits for a line on standard input\n", stderr);
	exit(2);
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "inside", required_argument, NULL, 'i' }, { "outside", required_argument, NULL, 'o' },
		{ "public", required_argument, NULL, 'p' }, { "flows", required_argument, NULL, 'f' },
		{ "open", required_argument, NULL, 'O' }, { "rate", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' }, { "warm-up", required_argument, NULL, 'w' },
		{ "new", no_argument, NULL, 'n' }, { "inward", no_argument, NULL, 'I' }, { "sample", no_argument, NULL, 'S' },
		{ "stamp-sent", no_argument, NULL, 't' }, { "latencies", required_argument, NULL, 'l' },
		{ "wait", no_argument, NULL, 'W' }, { 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'i': parse_side(optarg, OUTWARD); break;
		case 'o': parse_side(optarg, INWARD); break;
		case 'p': settings.public = parse_prefix(optarg); break;
		case 'f': settings.flows = strtoul(optarg, NULL, 10); break;
		case 'O': settings.open_rate = strtod(optarg, NULL); break;
		case 'r': parse_rates(optarg); break;
		case 's': settings.seconds = strtod(optarg, NULL); break;
		case 'w': settings.warm_up = strtod(optarg, NULL); break;
		case 'n': settings.order = NEW; break;
		case 'I': settings.way = INWARD; break;
		case 'S': settings.capture = SAMPLE; break;
		case 't': settings.stamp = SENT; break;
		case 'l': settings.latencies = optarg; break;
		case 'W': settings.waits = true; break;
		default: usage();
		}
	}
	if (settings.namespaces[OUTWARD] == NULL || settings.namespaces[INWARD] == NULL || settings.flows == 0
	    || settings.flows > MOST_FLOWS)
		usage();
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	allocate();
	open_ports();
	if (settings.waits) {
		puts("prepared");
		fflush(stdout);
		if (getchar() == EOF)
			return 1;
	}
	if (settings.open_rate > 0)
		open_phase();
	turn(settings.way);
	if (settings.capture == SAMPLE)
		capture_sample();
	for (int i = 0; i < settings.rate_count; i++) {
		settings.rate = settings.rates[i];
		measure_phase(i == 0 || settings.warm_up < SHORT_WARM_UP ? settings.warm_up : SHORT_WARM_UP);
	}
	write_latencies();
	return 0;
}
