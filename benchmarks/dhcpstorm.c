/* A storm of DHCP clients on a packet socket: `gcc -O2 -o dhcpstorm dhcpstorm.c`.
 *
 *   dhcpstorm -i IF -t SECONDS (-c OUTSTANDING | -r PER_SECOND) [-n CLIENTS] [-b FIRST]
 *             [-d DROP_MS] [-a ARCH] [-l FILE] [-D]
 *
 * CLIENTS machines (MACs 02:50 and their number, from FIRST on) take turns to boot: DISCOVER, OFFER,
 * REQUEST (SELECTING), ACK, all as a PXE ROM without an address: from 0.0.0.0 by broadcast, broadcast
 * flag clear, so that the replies come to a MAC that has no ARP entry. -c keeps so many exchanges
 * open, -r begins so many a second. What is not answered in DROP_MS counts as dropped. -a 65535:
 * no PXE, an ordinary system. -l: a line "MAC ADDRESS" for each ACK, as it comes. -D: only DISCOVERs,
 * each from another random MAC; nothing is waited for. One line of JSON at the end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, FRAME = 2048, HEADERS = 14 + 20 + 8, PLAIN = 65535 };
enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5, NAK = 6 };
enum state { IDLE, SELECTING, REQUESTING };

struct client {
    enum state state;
    uint32_t xid, address, server;
    uint64_t began;
};
struct timer {
    uint64_t when;
    uint32_t client, xid;
    enum state state;
};

static struct client *clients;
static struct timer *timers;
static uint64_t first_timer, end_timer, timers_size = 1 << 21;
static float *taken;
static unsigned count = 2000, first, outstanding, arch = 7, in_flight, taken_size = 4000000;
static double rate, seconds = 3, drop_ms = 1000;
static uint64_t started, done, dropped_offer, dropped_ack, naks, orphans;
static int fd, only_discover;
static FILE *acks;

static uint8_t out[BATCH][FRAME];
static struct mmsghdr out_messages[BATCH];
static struct iovec out_vectors[BATCH];
static int waiting;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void flush(void)
{
    for (int sent = 0; sent < waiting;) {
        int n = sendmmsg(fd, out_messages + sent, waiting - sent, 0);
        if (n > 0) {
            sent += n;
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            struct pollfd p = {fd, POLLOUT, 0};
            poll(&p, 1, 1);
        } else {
            perror("dhcpstorm: send");
            exit(1);
        }
    }
    waiting = 0;
}

static void put_mac(uint8_t *to, uint32_t number)
{
    number = htonl(number + first);
    to[0] = 2, to[1] = 0x50;
    memcpy(to + 2, &number, 4);
}

static uint8_t *option(uint8_t *at, int code, int size, const void *value)
{
    *at++ = code, *at++ = size;
    memcpy(at, value, size);
    return at + size;
}

static uint8_t *options(uint8_t *at, int type, const struct client *client, const uint8_t *mac)
{
    static const uint8_t wanted[] = {1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42,
        43, 50, 51, 54, 58, 59, 60, 66, 67, 97, 128, 129, 130, 131, 132, 133, 134, 135};
    uint8_t uuid[17] = {0}, byte = type, system[2] = {arch >> 8, arch};
    char class[40];
    memcpy(at, "\x63\x82\x53\x63", 4);
    at = option(at + 4, 53, 1, &byte);
    at = option(at, 57, 2, "\x05\xc0");
    at = option(at, 55, sizeof wanted, wanted);
    if (arch != PLAIN) {
        memcpy(uuid + 11, mac, 6);
        at = option(at, 97, 17, uuid);
        at = option(at, 94, 3, "\1\3\x10");
        at = option(at, 93, 2, system);
        at = option(at, 60, sprintf(class, "PXEClient:Arch:%05u:UNDI:003016", arch), class);
    }
    if (type == REQUEST) {
        at = option(at, 50, 4, &client->address);
        at = option(at, 54, 4, &client->server);
    }
    *at++ = 255;
    return at;
}

static void send_from(const uint8_t *mac, int type, const struct client *client)
{
    if (waiting == BATCH)
        flush();
    uint8_t *frame = out[waiting], *ip = frame + 14, *udp = ip + 20, *bootp = udp + 8;
    uint32_t xid = htonl(client->xid), sum = 0;
    memset(frame, 0, 700);
    memset(frame, 255, 6);
    memcpy(frame + 6, mac, 6);
    frame[12] = 8;
    bootp[0] = 1, bootp[1] = 1, bootp[2] = 6;
    memcpy(bootp + 4, &xid, 4);
    memcpy(bootp + 28, mac, 6);
    int size = options(bootp + 236, type, client, mac) - bootp;
    size = size < 300 ? 300 : size;
    uint16_t total = htons(28 + size), length = htons(8 + size);
    ip[0] = 0x45, ip[8] = 64, ip[9] = 17;
    memcpy(ip + 2, &total, 2);
    memset(ip + 16, 255, 4);
    for (int i = 0; i < 20; i += 2)
        sum += ip[i] << 8 | ip[i + 1];
    sum = (sum & 65535) + (sum >> 16);
    sum = ~(sum + (sum >> 16));
    ip[10] = sum >> 8, ip[11] = sum;
    udp[1] = 68, udp[3] = 67;
    memcpy(udp + 4, &length, 2);
    out_vectors[waiting] = (struct iovec){frame, HEADERS + size};
    out_messages[waiting].msg_hdr =
        (struct msghdr){.msg_iov = &out_vectors[waiting], .msg_iovlen = 1};
    waiting++;
}

static void send_request(uint32_t number, int type, uint64_t t)
{
    struct client *client = &clients[number];
    uint8_t mac[6];
    put_mac(mac, number);
    send_from(mac, type, client);
    timers[end_timer++ % timers_size] =
        (struct timer){t + (uint64_t)(drop_ms * 1e6), number, client->xid, client->state};
}

static void begin(uint64_t t)
{
    static uint32_t next, xid;
    if (only_discover) {
        struct client stranger = {.xid = ++xid};
        uint8_t mac[6];
        if (getrandom(mac, 6, 0) != 6)
            exit(1);
        mac[0] = (mac[0] & 0xfc) | 2;
        send_from(mac, DISCOVER, &stranger);
        started++;
        return;
    }
    for (unsigned tried = 0; tried < count; tried++) {
        uint32_t number = next++ % count;
        struct client *client = &clients[number];
        if (client->state != IDLE)
            continue;
        client->state = SELECTING;
        client->xid = (uint32_t)t ^ number << 8;
        client->began = t;
        in_flight++, started++;
        send_request(number, DISCOVER, t);
        return;
    }
}

static void finish(struct client *client)
{
    client->state = IDLE;
    in_flight--;
}

static void acknowledged(struct client *client, const uint8_t *mac, uint32_t address)
{
    if (done < taken_size)
        taken[done] = (now() - client->began) / 1e3;
    done++;
    finish(client);
    if (acks)
        fprintf(acks, "%02x:%02x:%02x:%02x:%02x:%02x %s\n", mac[0], mac[1], mac[2], mac[3], mac[4],
            mac[5], inet_ntoa((struct in_addr){address}));
}

static void receive(const uint8_t *frame, int size, uint64_t t)
{
    const uint8_t *end = frame + size, *ip = frame + 14, *udp = ip + (ip[0] & 15) * 4;
    const uint8_t *bootp = udp + 8, *at = bootp + 240;
    if (size < HEADERS + 240 || frame[12] != 8 || frame[13] != 0 || ip[9] != 17)
        return;
    if (udp[2] != 0 || udp[3] != 68 || bootp[0] != 2 || bootp[28] != 2 || bootp[29] != 0x50)
        return;
    uint32_t xid, number, address, server = 0;
    int type = 0;
    memcpy(&xid, bootp + 4, 4);
    memcpy(&address, bootp + 16, 4);
    memcpy(&number, bootp + 30, 4);
    number = ntohl(number) - first;
    while (at + 1 < end && *at != 255) {
        if (*at == 0) {
            at++;
            continue;
        }
        if (at + 2 + at[1] > end)
            break;
        if (*at == 53)
            type = at[2];
        if (*at == 54)
            memcpy(&server, at + 2, 4);
        at += 2 + at[1];
    }
    if (number >= count || clients[number].xid != ntohl(xid)) {
        orphans++;
        return;
    }
    struct client *client = &clients[number];
    if (type == OFFER && client->state == SELECTING && address) {
        client->state = REQUESTING;
        client->address = address;
        client->server = server;
        send_request(number, REQUEST, t);
    } else if (type == ACK && client->state == REQUESTING) {
        acknowledged(client, bootp + 28, address);
    } else if (type == NAK && client->state == REQUESTING) {
        naks++;
        finish(client);
    } else {
        orphans++;
    }
}

static void receive_all(void)
{
    static uint8_t in[BATCH][FRAME];
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){in[i], FRAME};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    int n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, 0);
    uint64_t t = now();
    for (int i = 0; i < n; i++)
        receive(in[i], messages[i].msg_len, t);
    flush();
    if (n <= 0) {
        struct pollfd p = {fd, POLLIN, 0};
        struct timespec pause = {0, rate > 0 ? 100000 : 1000000};
        ppoll(&p, 1, &pause, 0);
    }
}

static void expire(uint64_t t)
{
    for (; first_timer < end_timer && timers[first_timer % timers_size].when <= t; first_timer++) {
        struct timer *timer = &timers[first_timer % timers_size];
        struct client *client = &clients[timer->client];
        if (client->xid != timer->xid || client->state != timer->state)
            continue;
        if (client->state == SELECTING)
            dropped_offer++;
        else
            dropped_ack++;
        finish(client);
    }
}

static void open_socket(const char *interface)
{
    int bytes = 64 << 20, one = 1;
    fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP));
    struct sockaddr_ll here = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
        .sll_ifindex = (int)if_nametoindex(interface)};
    if (fd < 0 || bind(fd, (void *)&here, sizeof here)) {
        perror("dhcpstorm: packet socket");
        exit(1);
    }
    struct packet_mreq all = {.mr_ifindex = here.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void report(double elapsed)
{
    uint64_t n = done < taken_size ? done : taken_size;
    qsort(taken, n, sizeof *taken, by_size);
    printf("{\"started\": %lu, \"done\": %lu, \"per_s\": %.1f, \"no_offer\": %lu, \"no_ack\": %lu, "
           "\"naks\": %lu, \"orphans\": %lu, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
        started, done, done / elapsed, dropped_offer, dropped_ack, naks, orphans,
        n ? taken[n / 2] : 0, n ? taken[(uint64_t)(n * .99)] : 0);
}

int main(int argc, char **argv)
{
    const char *interface = "eth0";
    for (int o; (o = getopt(argc, argv, "i:n:b:c:r:t:d:a:l:D")) > 0;) {
        switch (o) {
        case 'i': interface = optarg; break;
        case 'n': count = atoi(optarg); break;
        case 'b': first = atoi(optarg); break;
        case 'c': outstanding = atoi(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'd': drop_ms = atof(optarg); break;
        case 'a': arch = atoi(optarg); break;
        case 'l': acks = fopen(optarg, "a"); break;
        case 'D': only_discover = 1; break;
        default: return 2;
        }
    }
    open_socket(interface);
    if (acks)
        setvbuf(acks, 0, _IOLBF, 0);
    clients = calloc(count, sizeof *clients);
    timers = malloc(timers_size * sizeof *timers);
    taken = malloc(taken_size * sizeof *taken);
    uint64_t start = now(), end = start + (uint64_t)(seconds * 1e9), turns = 0;
    for (;;) {
        uint64_t t = now();
        if (t >= end && (in_flight == 0 || only_discover))
            break;
        for (int n = 0; t < end && n < BATCH; n++, turns++) {
            if (rate > 0 ? start + turns * 1e9 / rate > t : in_flight >= outstanding)
                break;
            begin(t);
        }
        flush();
        receive_all();
        expire(now());
    }
    report(seconds);
    return 0;
}
