/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An AF_PACKET socket on one interface of one network namespace, with a TPACKET_V2 receive ring if wanted: what the forwarder and the
 * tester have in common.
 */
#ifndef PORT_H
#define PORT_H

#include <stddef.h>
#include <stdint.h>
#include <linux/if_packet.h>

/* A receive ring: slots that the kernel fills one after the other. */
struct ring {
	uint8_t *memory;
	size_t length;
	size_t *slots;		/* where each slot begins */
	unsigned int count;
	unsigned int next;	/* the slot to look at */
};

struct port {
	int fd;
	int index;		/* of the interface */
	uint8_t mac[6];		/* of the interface */
	struct ring ring;
};

/* Says why on stderr and exits with 1; appends what errno means unless it is 0. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Enters a network namespace by the name that ip-netns(8) gave it; "" is the one that the process is in. */
void enter_namespace(const char *name);

/* Opens a socket that receives nothing until port_bind(). */
void port_open(struct port *port, const char *interface);

/* Sets an option of the packet level. */
void port_option(const struct port *port, int option, int value);

/* Gives the socket its ring: slots of slot_length in blocks of block_length bytes. */
void port_add_ring(struct port *port, unsigned int block_length, unsigned int blocks, unsigned int slot_length);

/* Starts to receive; a port without a ring receives nothing. */
void port_bind(const struct port *port);

/* Parses a MAC address. */
void parse_mac(const char *text, uint8_t mac[6]);

/* The frame in the slot that is next in the ring, or NULL while the kernel has not filled it. */
static inline struct tpacket2_hdr *ring_peek(const struct ring *ring)
{
	struct tpacket2_hdr *slot = (struct tpacket2_hdr *) (ring->memory + ring->slots[ring->next]);

	/* pairs with the barrier of the kernel's write */
	return __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER ? slot : NULL;
}

/* Steps to the next slot. */
static inline void ring_step(struct ring *ring)
{
	ring->next = ring->next + 1 == ring->count ? 0 : ring->next + 1;
}

/* Gives a slot back to the kernel. */
static inline void ring_release(struct tpacket2_hdr *slot)
{
	__atomic_store_n(&slot->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

/* Where a slot's frame begins. */
static inline uint8_t *slot_frame(struct tpacket2_hdr *slot)
{
	return (uint8_t *) slot + slot->tp_mac;
}

#endif
