// SPDX-License-Identifier: Apache-2.0
#include "packet.h"
#include "port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>

#define MAGIC 0x5A11
#define HOSTS 4096
#define FIRST_HOST 0x0A580001u		/* 10.88.0.1 */
#define FIRST_REMOTE 0xCB007101u	/* 203.0.113.1 */
#define REMOTE_PORT 5001
#define FIRST_PORT 1024
#define PORTS 60000			/* not a multiple of HOSTS, nor the other way round */

#define IP_OFFSET ETH_HLEN
#define UDP_OFFSET (IP_OFFSET + (int) sizeof(struct iphdr))
#define PAYLOAD_OFFSET (UDP_OFFSET + (int) sizeof(struct udphdr))

/* What stands behind the UDP header. */
struct payload {
	uint16_t magic;
	uint32_t flow;
	uint32_t number;
	uint64_t stamp_ns;
} __attribute__((packed));

_Static_assert(sizeof(struct payload) == FRAME_LENGTH - PAYLOAD_OFFSET, "the payload fills the frame");

static uint32_t inside_address(uint32_t flow)
{
	return htonl(FIRST_HOST + flow % HOSTS);
}

static uint16_t inside_port(uint32_t flow)
{
	return htons(FIRST_PORT + flow % PORTS);
}

static uint32_t remote_address(uint32_t flow)
{
	return htonl(FIRST_REMOTE + flow / PORTS);
}

/* One's complement sum of 16-bit words, not folded. */
static uint64_t sum(const void *data, unsigned int length)
{
	const uint8_t *bytes = data;
	uint64_t total = 0;
	uint16_t word;

	for (unsigned int i = 0; i < length; i += 2) {
		memcpy(&word, bytes + i, 2);
		total += word;
	}
	return total;
}

static uint16_t fold(uint64_t total)
{
	while (total >> 16)
		total = (total & 0xFFFF) + (total >> 16);
	return total;
}

/* The sum over pseudo-header, UDP header and payload: 0xFFFF when the checksum in it is right. */
static uint16_t udp_sum(const struct iphdr *ip, const struct udphdr *udp)
{
	return fold(sum(&ip->saddr, 8) + htons(IPPROTO_UDP) + udp->len + sum(udp, FRAME_LENGTH - UDP_OFFSET));
}

void packet_write(uint8_t *frame, enum way way, const struct flow *flow, const struct content *content)
{
	const uint32_t remote = remote_address(content->flow);
	const struct iphdr ip = {
		.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
		.tot_len = htons(FRAME_LENGTH - IP_OFFSET), .frag_off = htons(0x4000),
		.saddr = way == OUTWARD ? inside_address(content->flow) : remote,
		.daddr = way == OUTWARD ? remote : flow->public_address,
	};
	const struct udphdr udp = {
		.source = way == OUTWARD ? inside_port(content->flow) : htons(REMOTE_PORT),
		.dest = way == OUTWARD ? htons(REMOTE_PORT) : flow->public_port,
		.len = htons(FRAME_LENGTH - UDP_OFFSET),
	};
	const struct payload payload = {
		.magic = MAGIC, .flow = content->flow, .number = content->number, .stamp_ns = content->stamp_ns,
	};
	struct iphdr *ip_header = (struct iphdr *) (frame + IP_OFFSET);
	struct udphdr *udp_header = (struct udphdr *) (frame + UDP_OFFSET);

	memcpy(ip_header, &ip, sizeof(ip));
	memcpy(udp_header, &udp, sizeof(udp));
	memcpy(frame + PAYLOAD_OFFSET, &payload, sizeof(payload));
	ip_header->check = ~fold(sum(ip_header, sizeof(ip)));
	udp_header->check = ~udp_sum(ip_header, udp_header);
	if (udp_header->check == 0)
		udp_header->check = 0xFFFF;
}

/* Outward: from a public address, always the same, to the remote endpoint. Inward: from the remote endpoint to the inside one. */
static bool is_rightly_addressed(const struct iphdr *ip, const struct udphdr *udp, enum way way, uint32_t number, struct flow *flow,
				 const struct prefix *public)
{
	if (way == INWARD)
		return ip->saddr == remote_address(number) && udp->source == htons(REMOTE_PORT)
			&& ip->daddr == inside_address(number) && udp->dest == inside_port(number);
	if (ip->daddr != remote_address(number) || udp->dest != htons(REMOTE_PORT)
	    || (ip->saddr & public->mask) != public->address || udp->source == 0)
		return false;
	if (flow->public_address == 0) {
		flow->public_address = ip->saddr;
		flow->public_port = udp->source;
	}
	return flow->public_address == ip->saddr && flow->public_port == udp->source;
}

enum judgement packet_judge(const uint8_t *frame, uint32_t length, enum way way, struct flow *flows, uint32_t count,
			    const struct prefix *public, struct content *content)
{
	const struct iphdr *ip = (const struct iphdr *) (frame + IP_OFFSET);
	const struct udphdr *udp = (const struct udphdr *) (frame + UDP_OFFSET);
	struct payload payload;

	if (length != FRAME_LENGTH || frame[12] != ETH_P_IP >> 8 || frame[13] != (ETH_P_IP & 0xFF) || ip->protocol != IPPROTO_UDP)
		return NOT_OURS;
	memcpy(&payload, frame + PAYLOAD_OFFSET, sizeof(payload));
	if (payload.magic != MAGIC || payload.flow >= count)
		return NOT_OURS;
	content->flow = payload.flow;
	content->number = payload.number;
	content->stamp_ns = payload.stamp_ns;
	if (fold(sum(ip, sizeof(*ip))) != 0xFFFF || udp->check == 0 || udp_sum(ip, udp) != 0xFFFF)
		return BAD_CHECKSUM;
	return is_rightly_addressed(ip, udp, way, payload.flow, &flows[payload.flow], public) ? GOOD : BAD_ADDRESS;
}

struct prefix parse_prefix(const char *text)
{
	char address[16];
	struct prefix prefix;
	unsigned int length;

	errno = 0;
	if (sscanf(text, "%15[0-9.]/%u", address, &length) != 2 || length > 32 || inet_pton(AF_INET, address, &prefix.address) != 1)
		die("%s is not ADDRESS/LENGTH", text);
	prefix.mask = length == 0 ? 0 : htonl(~0u << (32 - length));
	prefix.address &= prefix.mask;
	return prefix;
}
