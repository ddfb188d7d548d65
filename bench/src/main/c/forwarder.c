// SPDX-License-Identifier: Apache-2.0
/*
 * The peer of the gateway in C: passes every frame from one interface to the other and translates nothing. It does what a gateway in user
 * space cannot avoid with AF_PACKET, and no more: it takes frames from a receive ring, writes the MAC addresses, and sends straight from
 * the ring, many with one call, each with the virtio header that precedes it.
 *
 * With --drop, --swap or --corrupt it is a broken device instead, for the tester to find out.
 */
#define _GNU_SOURCE
#include "port.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/if_ether.h>
#include <linux/virtio_net.h>

#define BATCH 128
#define BLOCK_LENGTH (1 << 20)
#define BLOCKS 64
#define SLOT_LENGTH 65664	/* the longest super-frame, in whole cache lines that spread over the sets of the cache */
#define VIRTIO_HEADER_LENGTH sizeof(struct virtio_net_hdr)
#define CHECKSUM_OF_IP 24	/* where it stands in a frame */

/* One direction: from a ring to a socket. */
struct direction {
	struct port *from;
	struct port *to;
	uint8_t next_hop[6];
	struct tpacket2_hdr *slots[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
};

/* What a broken device does to each n-th packet; 0 is never. */
struct faults {
	unsigned long drop;
	unsigned long swap;
	unsigned long corrupt;
	unsigned long seen;
	bool is_swap_due;	/* as soon as there are two packets together */
};

static volatile sig_atomic_t is_stopped;
static struct faults faults;

static void stop(int signal)
{
	(void) signal;
	is_stopped = 1;
}

static bool is_due(unsigned long every)
{
	return every != 0 && faults.seen % every == 0;
}

/* Breaks what is to be broken of a packet; false when it is to be lost. */
static bool break_packet(struct direction *direction, unsigned int count, uint8_t *frame)
{
	faults.seen++;
	if (is_due(faults.corrupt))
		frame[CHECKSUM_OF_IP] ^= 0x55;
	faults.is_swap_due |= is_due(faults.swap);
	if (faults.is_swap_due && count > 0) {
		const struct iovec earlier = direction->vectors[count - 1];

		direction->vectors[count - 1] = direction->vectors[count];
		direction->vectors[count] = earlier;
		faults.is_swap_due = false;
	}
	return !is_due(faults.drop);
}

/* Sends all, or drops what the interface refuses. */
static void send_all(struct direction *direction, unsigned int count)
{
	unsigned int first = 0;

	while (first < count) {
		const int sent = sendmmsg(direction->to->fd, direction->messages + first, count - first, 0);

		if (sent > 0)
			first += sent;
		else if (errno != EINTR)
			first++;
	}
}

/* Forwards what waits, one batch at most. */
static unsigned int forward(struct direction *direction)
{
	struct ring *ring = &direction->from->ring;
	const bool is_broken = faults.drop != 0 || faults.swap != 0 || faults.corrupt != 0;
	struct tpacket2_hdr *slot;
	unsigned int taken = 0, count = 0;

	while (taken < BATCH && (slot = ring_peek(ring)) != NULL) {
		uint8_t *frame = slot_frame(slot);

		memcpy(frame, direction->next_hop, ETH_ALEN);
		memcpy(frame + ETH_ALEN, direction->to->mac, ETH_ALEN);
		direction->vectors[count].iov_base = frame - VIRTIO_HEADER_LENGTH;
		direction->vectors[count].iov_len = VIRTIO_HEADER_LENGTH + slot->tp_snaplen;
		if (!is_broken || break_packet(direction, count, frame))
			count++;
		direction->slots[taken++] = slot;
		ring_step(ring);
	}
	send_all(direction, count);
	for (unsigned int i = 0; i < taken; i++)
		ring_release(direction->slots[i]);
	return taken;
}

static void prepare(struct direction *direction, struct port *from, struct port *to)
{
	direction->from = from;
	direction->to = to;
	for (int i = 0; i < BATCH; i++) {
		direction->messages[i].msg_hdr.msg_iov = &direction->vectors[i];
		direction->messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static void run(struct direction directions[2], bool is_spinning)
{
	struct pollfd waits[2] = {
		{ .fd = directions[0].from->fd, .events = POLLIN },
		{ .fd = directions[1].from->fd, .events = POLLIN },
	};

	while (!is_stopped) {
		const unsigned int forwarded = forward(&directions[0]) + forward(&directions[1]);

		if (forwarded == 0 && !is_spinning)
			poll(waits, 2, 1000);
	}
}

static void usage(void)
{
	fputs("usage: forwarder --inside IF --outside IF --inside-mac MAC --outside-mac MAC [--sleep]\n"
	      "                 [--drop N] [--swap N] [--corrupt N]\n"
	      "The MAC addresses are those of the hosts on either side. Spins, or with --sleep waits in poll.\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "inside", required_argument, NULL, 'i' }, { "outside", required_argument, NULL, 'o' },
		{ "inside-mac", required_argument, NULL, 'I' }, { "outside-mac", required_argument, NULL, 'O' },
		{ "sleep", no_argument, NULL, 's' }, { "drop", required_argument, NULL, 'd' },
		{ "swap", required_argument, NULL, 'w' }, { "corrupt", required_argument, NULL, 'c' }, { 0 },
	};
	static struct direction directions[2];
	static struct port ports[2];
	const char *interfaces[2] = { NULL, NULL };
	bool is_spinning = true;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'i': interfaces[0] = optarg; break;
		case 'o': interfaces[1] = optarg; break;
		case 'I': parse_mac(optarg, directions[1].next_hop); break;
		case 'O': parse_mac(optarg, directions[0].next_hop); break;
		case 's': is_spinning = false; break;
		case 'd': faults.drop = strtoul(optarg, NULL, 10); break;
		case 'w': faults.swap = strtoul(optarg, NULL, 10); break;
		case 'c': faults.corrupt = strtoul(optarg, NULL, 10); break;
		default: usage();
		}
	}
	if (interfaces[0] == NULL || interfaces[1] == NULL)
		usage();
	for (int i = 0; i < 2; i++) {
		port_open(&ports[i], interfaces[i]);
		port_option(&ports[i], PACKET_VNET_HDR, 1);
		port_add_ring(&ports[i], BLOCK_LENGTH, BLOCKS, SLOT_LENGTH);
		port_bind(&ports[i]);
	}
	prepare(&directions[0], &ports[0], &ports[1]);
	prepare(&directions[1], &ports[1], &ports[0]);
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	puts("ready");
	fflush(stdout);
	run(directions, is_spinning);
	return 0;
}
