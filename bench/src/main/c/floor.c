// The floor of translation: what a packet cannot cost less than. One loop in C over the packets that EngineBenchmark sends: hash, one
// entry of 64 bytes, rewrite, two RFC 1624 updates. It checks nothing, tracks nothing, expires nothing.
//
//   floor CONNECTIONS [huge]      prints: connections, ns per packet without and with prefetching; with the packets' writing taken off
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { BATCH = 64, FRAME = 60, SLOT = 192, ORDER = 1 << 20, ROUNDS = 15 };

struct entry {
    uint64_t addresses;
    uint64_t ports;
    uint64_t new_addresses;
    uint32_t new_ports;
    uint16_t address_delta;
    uint16_t l4_delta;
    uint64_t last_seen;
    uint64_t reserved[3];
};

static struct entry *table;
static uint64_t mask;
static uint8_t frames[BATCH * SLOT] __attribute__((aligned(64)));
static uint8_t template[64];
static uint64_t order[ORDER];

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t) a * b;
    return (uint64_t) product ^ (uint64_t) (product >> 64);
}

static inline uint64_t hash(uint64_t addresses, uint64_t ports)
{
    return fold(fold(addresses ^ 0x1234567890abcdefull, ports ^ 0xfedcba0987654321ull), 0x9e3779b97f4a7c15ull ^ ports);
}

static inline uint16_t update(uint16_t checksum, uint32_t delta)
{
    uint32_t sum = (uint16_t) ~checksum + delta;
    sum = (sum & 0xffff) + (sum >> 16);
    return ~(sum + (sum >> 16));
}

static inline uint64_t load64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return v; }
static inline uint32_t load32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return v; }
static inline uint16_t load16(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return v; }
static inline void store64(uint8_t *p, uint64_t v) { memcpy(p, &v, 8); }
static inline void store32(uint8_t *p, uint32_t v) { memcpy(p, &v, 4); }
static inline void store16(uint8_t *p, uint16_t v) { memcpy(p, &v, 2); }

// A host has 1,000 ports; the order holds address and port as they lie in the packet.
static uint64_t endpoint(uint32_t flow)
{
    uint32_t address = __builtin_bswap32(0x0a4d0002u + flow / 1000);
    uint16_t port = __builtin_bswap16(1024 + flow % 1000);
    return address | (uint64_t) port << 32;
}

static void fill(uint32_t *next)
{
    for (int i = 0; i < BATCH; i++) {
        uint8_t *frame = frames + i * SLOT + 16;
        uint64_t k = order[(*next)++ & (ORDER - 1)];
        memcpy(frame, template, FRAME);
        store32(frame + 26, (uint32_t) k);
        store16(frame + 34, k >> 32);
    }
}

static struct entry *find(uint64_t h, uint64_t addresses, uint64_t ports)
{
    for (uint64_t at = h & mask; ; at = (at + 1) & mask)
        if (table[at].addresses == addresses && table[at].ports == ports)
            return table + at;
}

static void process(int prefetch, uint64_t now)
{
    uint64_t hashes[BATCH];
    for (int i = 0; i < BATCH; i++) {
        const uint8_t *l3 = frames + i * SLOT + 30;
        hashes[i] = hash(load64(l3 + 12), load32(l3 + 20) | (uint64_t) l3[9] << 32);
        if (prefetch)
            __builtin_prefetch(table + (hashes[i] & mask), 1);
    }
    for (int i = 0; i < BATCH; i++) {
        uint8_t *l3 = frames + i * SLOT + 30;
        struct entry *e = find(hashes[i], load64(l3 + 12), load32(l3 + 20) | (uint64_t) l3[9] << 32);
        e->last_seen = now;
        store64(l3 + 12, e->new_addresses);
        store32(l3 + 20, e->new_ports);
        l3[8]--;
        store16(l3 + 10, update(load16(l3 + 10), e->address_delta + 0xfffeu));
        store16(l3 + 26, update(load16(l3 + 26), e->l4_delta));
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return x < y ? -1 : x > y;
}

static double median_ns(int what)
{
    double rounds[ROUNDS];
    uint32_t next = 0;
    for (int round = 0; round < ROUNDS; round++) {
        const int batches = 20000;
        uint64_t start = now_ns();
        for (int b = 0; b < batches; b++) {
            fill(&next);
            if (what)
                process(what == 2, start + b);
            else
                __asm__ volatile("" ::: "memory");
        }
        rounds[round] = (double) (now_ns() - start) / batches / BATCH;
    }
    qsort(rounds, ROUNDS, sizeof *rounds, compare);
    return rounds[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    uint32_t connections = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    uint64_t slots = 128;
    if (connections == 0 || connections > 1u << 27) {
        fprintf(stderr, "floor: how many connections?\n");
        return 2;
    }
    while (slots < 2ull * connections)
        slots <<= 1;
    mask = slots - 1;
    table = mmap(NULL, slots * sizeof *table, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (table == MAP_FAILED) {
        perror("floor");
        return 1;
    }
    if (argc > 2)
        madvise(table, slots * sizeof *table, MADV_HUGEPAGE);
    memset(template, 0, sizeof template);
    memcpy(template + 14, "\x45\0\0\x2e\0\0\x40\0\x40\x11", 10);
    store32(template + 30, __builtin_bswap32(0xcb007105));
    store16(template + 36, __builtin_bswap16(53));
    for (uint32_t flow = 0; flow < connections; flow++) {
        uint64_t from = endpoint(flow);
        uint64_t addresses = (uint32_t) from | (uint64_t) load32(template + 30) << 32;
        uint64_t ports = (from >> 32) | (uint64_t) load16(template + 36) << 16 | 17ull << 32;
        uint64_t at = hash(addresses, ports) & mask;
        while (table[at].ports)
            at = (at + 1) & mask;
        table[at] = (struct entry) { addresses, ports, addresses + 1, (uint32_t) ports + 1, 1, 2, 0, { 0 } };
    }
    uint64_t random = 1;
    for (int k = 0; k < ORDER; k++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        order[k] = endpoint((random >> 33) % connections);
    }
    double written = median_ns(0);
    printf("%u %.1f %.1f\n", connections, median_ns(1) - written, median_ns(2) - written);
    return 0;
}
