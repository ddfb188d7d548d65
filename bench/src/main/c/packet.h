/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of the tester: the shortest Ethernet frames with UDP in them, told apart by what they carry.
 *
 *   0   Ethernet header
 *  14   IPv4 header without options
 *  34   UDP header
 *  42   magic (2 bytes), flow (4), number within the flow (4), time of sending in ns (8), all in the byte order of this machine
 *  60   end
 *
 * The endpoints of a flow follow from its number. No two flows share the inside endpoint, nor remote endpoint and inside port: a gateway
 * that keeps ports where it can always can, with one public address.
 */
#ifndef PACKET_H
#define PACKET_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_LENGTH 60
#define MOST_FLOWS (6u << 20)

/* Which way a packet goes. */
enum way { OUTWARD, INWARD };

/* What the tester remembers of a flow. */
struct flow {
	uint32_t sent;			/* packets, in the present phase */
	uint32_t expected;		/* number of the next packet to arrive */
	uint32_t public_address;	/* seen from outside, in network order; 0 before */
	uint16_t public_port;
	uint16_t seen;			/* whether its opening packet arrived */
};

/* What is in a packet. */
struct content {
	uint32_t flow;
	uint32_t number;
	uint64_t stamp_ns;
};

/* Which addresses a translated packet may have as its source. */
struct prefix {
	uint32_t address;
	uint32_t mask;
};

enum judgement { GOOD, NOT_OURS, BAD_CHECKSUM, BAD_ADDRESS };

/* Writes a packet of a flow: outward to its remote endpoint, inward to its public one. */
void packet_write(uint8_t *frame, enum way way, const struct flow *flow, const struct content *content);

/* Whether a frame is one of ours, intact and rightly addressed; learns the flow's public endpoint or compares it with the learned. */
enum judgement packet_judge(const uint8_t *frame, uint32_t length, enum way way, struct flow *flows, uint32_t count,
			    const struct prefix *public, struct content *content);

/* Parses ADDRESS/LENGTH. */
struct prefix parse_prefix(const char *text);

#endif
