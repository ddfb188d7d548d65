// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/if_ether.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

#define SEND_BUFFER_LENGTH (8 << 20)

void die(const char *format, ...)
{
	const int error = errno;
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	if (error != 0)
		fprintf(stderr, ": %s", strerror(error));
	fputc('\n', stderr);
	exit(1);
}

void enter_namespace(const char *name)
{
	char path[256];
	int fd;

	if (*name == '\0')
		return;
	snprintf(path, sizeof(path), "/var/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die("network namespace %s", name);
	close(fd);
}

void port_option(const struct port *port, int option, int value)
{
	if (setsockopt(port->fd, SOL_PACKET, option, &value, sizeof(value)) < 0)
		die("option %d of a packet socket", option);
}

void port_open(struct port *port, const char *interface)
{
	const int send_buffer = SEND_BUFFER_LENGTH;
	struct ifreq request = { 0 };

	memset(port, 0, sizeof(*port));
	port->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (port->fd < 0)
		die("packet socket");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (ioctl(port->fd, SIOCGIFINDEX, &request) < 0)
		die("interface %s", interface);
	port->index = request.ifr_ifindex;
	if (ioctl(port->fd, SIOCGIFHWADDR, &request) < 0)
		die("interface %s", interface);
	memcpy(port->mac, request.ifr_hwaddr.sa_data, sizeof(port->mac));
	port_option(port, PACKET_VERSION, TPACKET_V2);
	port_option(port, PACKET_IGNORE_OUTGOING, 1);
	if (setsockopt(port->fd, SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer, sizeof(send_buffer)) < 0)
		die("send buffer");
}

void port_add_ring(struct port *port, unsigned int block_length, unsigned int blocks, unsigned int slot_length)
{
	const unsigned int slots_per_block = block_length / slot_length;
	const struct tpacket_req request = {
		.tp_block_size = block_length,
		.tp_block_nr = blocks,
		.tp_frame_size = slot_length,
		.tp_frame_nr = blocks * slots_per_block,
	};
	struct ring *ring = &port->ring;

	if (setsockopt(port->fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) < 0)
		die("receive ring");
	ring->length = (size_t) block_length * blocks;
	ring->memory = mmap(NULL, ring->length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, port->fd, 0);
	if (ring->memory == MAP_FAILED)
		die("mapping the receive ring");
	ring->count = request.tp_frame_nr;
	ring->slots = malloc(ring->count * sizeof(*ring->slots));
	if (ring->slots == NULL)
		die("memory");
	for (unsigned int i = 0; i < ring->count; i++)
		ring->slots[i] = (size_t) (i / slots_per_block) * block_length + (size_t) (i % slots_per_block) * slot_length;
}

void port_bind(const struct port *port)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(port->ring.memory == NULL ? 0 : ETH_P_ALL),
		.sll_ifindex = port->index,
	};

	if (bind(port->fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
		die("binding a packet socket");
}

void parse_mac(const char *text, uint8_t mac[6])
{
	errno = 0;
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
		die("%s is not a MAC address", text);
}
