/* N callers' RTP, as a load for the media process and as its judge.
 *
 *   rtp_load STREAMS CORE
 *
 * prints the STREAMS local ports, one line, and then obeys lines on its standard input:
 *
 *   connect STREAM PORT     send to 127.0.0.1:PORT from now on, 50 packets a second
 *   drop STREAM             send no more
 *   ring STREAM             a new call begins on it: forget the one before, hear whoever answers
 *   answered STREAM PORT T  as connect; the call was answered at T (ns since the epoch)
 *   press STREAM KEY        press one key (0-9; 10 and 11 are * and #)
 *   keys MILLISECONDS       each connected stream presses a key this often (0: none), spread over that time
 *   reset                   forget all that was counted
 *   stats                   print what was counted since then, as one line of JSON
 *   quit
 *
 * Every packet's arrival is the kernel's own time stamp (SO_TIMESTAMPNS), so it does not matter that a socket is
 * read only once in 20 ms. A deviation is |time since the packet before - 20 ms| of two packets with
 * consecutive sequence numbers, not counting talkspurt starts (M), which may come early on purpose.
 * A key's time runs from the sending of its first packet to the arrival of the next packet with M; "first" is the
 * time from T to the first packet with M, which is the first of a prompt.
 *
 * Whether the driver itself was in order: "cpu" (share of its core), "tick_p99_us" (lateness of its own
 * sending) and "overflow" (packets that its sockets dropped); see bench_media.py for the verdict.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 20, FRAME = 160, HEADER = 12, BUCKET_US = 10, BUCKETS = 20000, KEY_PACKETS = 5, EVENT = 101 };
static const int64_t TICK = 1000000, SECOND = 1000000000;

struct histogram {
    uint64_t total, bucket[BUCKETS];
};

struct stream {
    int fd, connected, key_left, key;
    uint16_t sequence, heard_sequence;
    uint32_t timestamp, key_timestamp, dropped;
    int64_t heard_at, pressed_at, next_key, first_at, answered_at;
};

static struct stream *streams;
static int count, key_every_ms;
static struct histogram deviation, key_time, first_time, tick_late;
static uint64_t sent, received, lost, overflow, unanswered;
static int64_t began, began_cpu;

static int64_t now_of(clockid_t clock) {
    struct timespec at;
    clock_gettime(clock, &at);
    return at.tv_sec * SECOND + at.tv_nsec;
}

static void note(struct histogram *into, int64_t ns) {
    int64_t place = ns < 0 ? 0 : ns / 1000 / BUCKET_US;
    into->bucket[place < BUCKETS ? place : BUCKETS - 1]++;
    into->total++;
}

/* The value in microseconds that `share` of all are not above; -1 if there are none. */
static long quantile(const struct histogram *of, double share) {
    uint64_t below = 0, wanted = (uint64_t)(of->total * share);
    if (of->total == 0)
        return -1;
    for (int n = 0; n < BUCKETS; n++)
        if ((below += of->bucket[n]) > wanted || below == of->total)
            return (long)(n + 1) * BUCKET_US;
    return (long)BUCKETS * BUCKET_US;
}

static void put16(uint8_t *at, uint16_t value) {
    at[0] = value >> 8, at[1] = value & 255;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value >> 16), put16(at + 2, value & 65535);
}

static int bound_socket(int port) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof own) != 0)
        return close(fd), -1;
    return fd;
}

/* A port that the system gave is lost when the socket's association is dissolved (ring); one bound by number stays. */
static int open_stream(struct stream *stream) {
    struct sockaddr_in own;
    socklen_t length = sizeof own;
    int on = 1, found = bound_socket(0);
    if (found < 0 || getsockname(found, (struct sockaddr *)&own, &length) != 0)
        return -1;
    close(found);
    stream->fd = bound_socket(ntohs(own.sin_port));
    if (stream->fd < 0)
        return -1;
    setsockopt(stream->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    setsockopt(stream->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    stream->key = 1;
    return ntohs(own.sin_port);
}

static void forget(struct stream *stream) {
    stream->heard_at = stream->pressed_at = stream->key_left = 0;
    stream->next_key = stream->first_at = stream->answered_at = 0;
}

static void connect_to(struct stream *stream, int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    stream->connected = connect(stream->fd, (struct sockaddr *)&to, sizeof to) == 0;
}

/* What the last call left behind is thrown away; from now on whoever sends is heard. */
static void ring(struct stream *stream) {
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    uint8_t packet[64];
    stream->connected = 0;
    connect(stream->fd, &none, sizeof none);
    while (recv(stream->fd, packet, sizeof packet, 0) >= 0)
        ;
    forget(stream);
}

static void note_first(struct stream *stream) {
    if (stream->first_at && stream->answered_at)
        note(&first_time, stream->first_at - stream->answered_at);
}

static void answered(struct stream *stream, int port, int64_t at) {
    connect_to(stream, port);
    stream->answered_at = at;
    note_first(stream);
}

static void press(struct stream *stream, int key) {
    if (stream->pressed_at)
        unanswered++;
    stream->pressed_at = 0;
    stream->key = key, stream->key_left = KEY_PACKETS, stream->key_timestamp = stream->timestamp;
}

/* One packet: of the key that is being pressed, else of silence. */
static void send_frame(struct stream *stream, int number) {
    uint8_t packet[HEADER + FRAME] = {0x80, 8};
    int length = HEADER + FRAME;
    uint32_t timestamp = stream->timestamp;
    if (stream->key_left > 0) {
        int place = KEY_PACKETS - stream->key_left--;
        int held = place < 2 ? place + 1 : 3;
        packet[1] = place == 0 ? 0x80 | EVENT : EVENT;
        packet[HEADER] = stream->key, packet[HEADER + 1] = place < 2 ? 10 : 0x8a;
        put16(packet + HEADER + 2, held * FRAME);
        timestamp = stream->key_timestamp, length = HEADER + 4;
    } else {
        memset(packet + HEADER, 0xd5, FRAME);
    }
    put16(packet + 2, stream->sequence++);
    put32(packet + 4, timestamp);
    put32(packet + 8, 0x1000 + number);
    stream->timestamp += FRAME;
    if (length == HEADER + 4 && packet[1] & 0x80)
        stream->pressed_at = now_of(CLOCK_REALTIME);
    if (send(stream->fd, packet, length, 0) == length)
        sent++;
}

static void press_if_due(struct stream *stream, int number, int64_t now) {
    int64_t every = (int64_t)key_every_ms * TICK;
    if (every == 0)
        return;
    if (stream->next_key == 0)
        stream->next_key = now + every * number / count;
    if (now < stream->next_key)
        return;
    stream->next_key += every;
    press(stream, stream->key);
}

/* One packet heard: its place in the pacing, and whether it answers a key. */
static void judge(struct stream *stream, const uint8_t *packet, int64_t at) {
    uint16_t sequence = packet[2] << 8 | packet[3];
    uint16_t step = sequence - stream->heard_sequence;
    int marked = packet[1] & 0x80;
    received++;
    if (stream->heard_at && step > 1 && step < 1000)
        lost += step - 1;
    if (stream->heard_at && step == 1 && !marked)
        note(&deviation, llabs(at - stream->heard_at - SLOTS * TICK));
    if (marked && !stream->first_at) {
        stream->first_at = at;
        note_first(stream);
    }
    if (marked && stream->pressed_at && at > stream->pressed_at) {
        note(&key_time, at - stream->pressed_at);
        stream->pressed_at = 0;
    }
    stream->heard_sequence = sequence, stream->heard_at = at;
}

static void hear(struct stream *stream) {
    uint8_t packet[2048];
    char control[128];
    struct iovec into = {packet, sizeof packet};
    for (;;) {
        struct msghdr message = {.msg_iov = &into, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        int64_t at = 0;
        if (recvmsg(stream->fd, &message, 0) < HEADER)
            return;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
            if (c->cmsg_type == SCM_TIMESTAMPNS) {
                struct timespec stamp;
                memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
                at = stamp.tv_sec * SECOND + stamp.tv_nsec;
            } else if (c->cmsg_type == SO_RXQ_OVFL) {
                uint32_t dropped;
                memcpy(&dropped, CMSG_DATA(c), sizeof dropped);
                overflow += dropped - stream->dropped, stream->dropped = dropped;
            }
        }
        judge(stream, packet, at);
    }
}

static void reset(void) {
    memset(&deviation, 0, sizeof deviation);
    memset(&key_time, 0, sizeof key_time);
    memset(&first_time, 0, sizeof first_time);
    memset(&tick_late, 0, sizeof tick_late);
    sent = received = lost = overflow = unanswered = 0;
    began = now_of(CLOCK_MONOTONIC), began_cpu = now_of(CLOCK_PROCESS_CPUTIME_ID);
}

static void print_stats(void) {
    double seconds = (now_of(CLOCK_MONOTONIC) - began) / 1e9;
    double cpu = (now_of(CLOCK_PROCESS_CPUTIME_ID) - began_cpu) / 1e9 / seconds;
    int connected = 0;
    for (int n = 0; n < count; n++)
        connected += streams[n].connected;
    printf("{\"streams\":%d,\"seconds\":%.3f,\"sent\":%lu,\"received\":%lu,\"lost\":%lu,\"overflow\":%lu,", connected,
           seconds, sent, received, lost, overflow);
    printf("\"deviation_p50_us\":%ld,\"deviation_p99_us\":%ld,\"deviation_p999_us\":%ld,", quantile(&deviation, 0.5),
           quantile(&deviation, 0.99), quantile(&deviation, 0.999));
    printf("\"keys\":%lu,\"unanswered\":%lu,\"key_p50_us\":%ld,\"key_p99_us\":%ld,", key_time.total, unanswered,
           quantile(&key_time, 0.5), quantile(&key_time, 0.99));
    printf("\"first\":%lu,\"first_p50_us\":%ld,\"first_p99_us\":%ld,", first_time.total, quantile(&first_time, 0.5),
           quantile(&first_time, 0.99));
    printf("\"cpu\":%.3f,\"tick_p99_us\":%ld}\n", cpu, quantile(&tick_late, 0.99));
    fflush(stdout);
}

/* One line of the standard input; 0: quit. */
static int obey(const char *line) {
    int number, value;
    long long at;
    struct stream *stream = &streams[0];
    if (sscanf(line, "%*[a-z] %d", &number) == 1 && strncmp(line, "keys", 4) != 0) {
        if (number < 0 || number >= count)
            return 1;
        stream = &streams[number];
    }
    if (sscanf(line, "connect %d %d", &number, &value) == 2)
        forget(stream), connect_to(stream, value);
    else if (sscanf(line, "ring %d", &number) == 1)
        ring(stream);
    else if (sscanf(line, "answered %d %d %lld", &number, &value, &at) == 3)
        answered(stream, value, at);
    else if (sscanf(line, "press %d %d", &number, &value) == 2)
        press(stream, value);
    else if (sscanf(line, "drop %d", &number) == 1)
        stream->connected = 0;
    else if (sscanf(line, "keys %d", &number) == 1) {
        key_every_ms = number;
        for (int n = 0; n < count; n++)
            streams[n].next_key = 0;
    } else if (strncmp(line, "reset", 5) == 0)
        reset();
    else if (strncmp(line, "stats", 5) == 0)
        print_stats();
    else
        return strncmp(line, "quit", 4) != 0;
    return 1;
}

/* Read what came on the standard input; 0: the end. */
static int read_commands(void) {
    static char buffer[1 << 16];
    static size_t filled;
    ssize_t got = read(0, buffer + filled, sizeof buffer - 1 - filled);
    if (got == 0)
        return 0;
    if (got < 0)
        return errno == EAGAIN;
    filled += got, buffer[filled] = 0;
    char *line = buffer, *end;
    while ((end = strchr(line, '\n'))) {
        *end = 0;
        if (!obey(line))
            return 0;
        line = end + 1;
    }
    filled -= line - buffer;
    memmove(buffer, line, filled);
    return 1;
}

static void run_slot(int slot, int64_t now) {
    for (int n = slot; n < count; n += SLOTS) {
        hear(&streams[n]);
        if (!streams[n].connected)
            continue;
        press_if_due(&streams[n], n, now);
        send_frame(&streams[n], n);
    }
}

static void run(void) {
    int64_t start = now_of(CLOCK_MONOTONIC);
    for (int64_t tick = 0;; tick++) {
        int64_t due = start + tick * TICK;
        struct timespec until = {due / SECOND, due % SECOND};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        int64_t now = now_of(CLOCK_MONOTONIC);
        note(&tick_late, now - due);
        run_slot(tick % SLOTS, now);
        if (!read_commands())
            return;
    }
}

int main(int arguments, char **argument) {
    cpu_set_t core;
    struct rlimit files;
    if (arguments != 3 || (count = atoi(argument[1])) < 1)
        return fprintf(stderr, "usage: rtp_load STREAMS CORE\n"), 2;
    CPU_ZERO(&core);
    CPU_SET(atoi(argument[2]), &core);
    sched_setaffinity(0, sizeof core, &core);
    prctl(PR_SET_TIMERSLACK, 1000);
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1}); /* where allowed */
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    streams = calloc(count, sizeof *streams);
    for (int n = 0; n < count; n++) {
        int port = open_stream(&streams[n]);
        if (port < 0)
            return perror("socket"), 1;
        printf("%d%c", port, n + 1 < count ? ' ' : '\n');
    }
    fflush(stdout);
    fcntl(0, F_SETFL, O_NONBLOCK);
    reset();
    run();
    return 0;
}
