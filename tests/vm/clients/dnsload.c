// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dnsload RESOLVER DOMAIN QUERIES PROCESSES NAMES [forgets]: many processes ask
 * for the addresses of n0.DOMAIN, n1.DOMAIN, ..., every fifth of them over TCP,
 * and several for the same name at a time. Each query must have one answer, one
 * name the same address for everybody, and no other name that one; with
 * "forgets" the last two are not asked for. Prints what has come.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT		53
#define PATIENCE	30	/* seconds: an answer that is later is lost */
#define HEADER_LEN	12
#define QUERY_MAX	300
#define ANSWER_MAX	600

/* RFC 1035, 3.2.1: what follows a question that asks for an address. */
struct record {
	uint16_t name;
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
	uint16_t len;
	uint32_t addr;
} __attribute__((packed));

/* What all processes have seen. Addresses in host order; 0: none yet. */
struct seen {
	uint32_t answers;
	uint32_t lowest;
	uint32_t highest;
	uint32_t addr[];
};

static struct sockaddr_in resolver = { .sin_family = AF_INET };
static const char *domain;
static unsigned int queries, processes, names;
static bool forgets;
static struct seen *seen;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "%d: %s: %s\n", getpid(), what, strerror(errno));
	exit(1);
}

static _Noreturn void wrong(const char *what, unsigned int name)
{
	fprintf(stderr, "%d: n%u: %s\n", getpid(), name, what);
	exit(1);
}

static size_t write_query(uint8_t *to, uint16_t id, unsigned int name)
{
	static const uint8_t question[] = { 0, 0, 1, 0, 1 };
	const uint8_t header[HEADER_LEN] = { id >> 8, id, 1, 0, 0, 1 };
	char text[QUERY_MAX / 2];
	uint8_t *at = to + HEADER_LEN;
	char *label, *rest = text;

	snprintf(text, sizeof(text), "n%u.%s", name, domain);
	memcpy(to, header, HEADER_LEN);
	while ((label = strsep(&rest, "."))) {
		*at = strlen(label);
		memcpy(at + 1, label, *at);
		at += *at + 1;
	}
	memcpy(at, question, sizeof(question));
	return at + sizeof(question) - to;
}

/* The address in the answer to a query of @len octets. */
static uint32_t read_answer(const uint8_t *answer, ssize_t got,
			    const uint8_t *query, size_t len, unsigned int name)
{
	struct record record;

	if (got != (ssize_t)(len + sizeof(record)))
		wrong("an answer of another length", name);
	if (memcmp(answer, query, 2))
		wrong("the answer to another query", name);
	if (!(answer[2] & 0x80) || answer[3] & 0x0f || answer[7] != 1)
		wrong("not one record", name);
	if (memcmp(answer + HEADER_LEN, query + HEADER_LEN, len - HEADER_LEN))
		wrong("another question", name);
	memcpy(&record, answer + len, sizeof(record));
	if (ntohs(record.name) != (0xc000 | HEADER_LEN) ||
	    ntohs(record.type) != 1 || ntohs(record.class) != 1 ||
	    ntohs(record.len) != sizeof(record.addr) || !record.addr)
		wrong("not an address", name);
	return ntohl(record.addr);
}

static void note(unsigned int name, uint32_t addr)
{
	uint32_t old = 0;

	if (!forgets &&
	    !__atomic_compare_exchange_n(&seen->addr[name], &old, addr, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
	    old != addr)
		wrong("two addresses", name);
	__atomic_fetch_add(&seen->answers, 1, __ATOMIC_SEQ_CST);
	old = seen->lowest;
	while (addr < old &&
	       !__atomic_compare_exchange_n(&seen->lowest, &old, addr, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	old = seen->highest;
	while (addr > old &&
	       !__atomic_compare_exchange_n(&seen->highest, &old, addr, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

static ssize_t ask_datagram(int sock, const uint8_t *query, size_t len,
			    uint8_t *answer)
{
	ssize_t got;

	if (send(sock, query, len, 0) != (ssize_t)len)
		die("send");
	got = recv(sock, answer, ANSWER_MAX, 0);
	if (got < 0)
		die("no answer");
	return got;
}

/* RFC 1035, 4.2.2: the length stands before the message. */
static ssize_t ask_stream(int sock, const uint8_t *query, size_t len,
			  uint8_t *answer)
{
	uint8_t out[2 + QUERY_MAX] = { len >> 8, len };
	ssize_t got;

	memcpy(out + 2, query, len);
	if (send(sock, out, 2 + len, 0) != (ssize_t)(2 + len))
		die("send over TCP");
	if (recv(sock, answer, 2, MSG_WAITALL) != 2)
		die("no answer over TCP");
	got = answer[0] << 8 | answer[1];
	if (got > ANSWER_MAX || recv(sock, answer, got, MSG_WAITALL) != got)
		die("half an answer over TCP");
	return got;
}

static void ask_all(unsigned int process)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	uint8_t query[QUERY_MAX], answer[ANSWER_MAX];
	bool stream = process % 5 == 4;
	unsigned int i, name;
	ssize_t got;
	size_t len;
	int sock;

	sock = socket(AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience,
				   sizeof(patience)) ||
	    connect(sock, (struct sockaddr *)&resolver, sizeof(resolver)))
		die("connect");
	for (i = process; i < queries; i += processes) {
		name = (unsigned long)i * names / queries;
		len = write_query(query, i, name);
		got = (stream ? ask_stream : ask_datagram)(sock, query, len,
							   answer);
		note(name, read_answer(answer, got, query, len, name));
	}
	if (recv(sock, answer, sizeof(answer), MSG_DONTWAIT) >= 0)
		wrong("an answer too many", names);
	exit(0);
}

/* All of them begin when the last one has been made. */
static unsigned int run_processes(void)
{
	unsigned int i, failed = 0;
	int gate[2], status;
	char octet;

	if (pipe(gate))
		die("pipe");
	for (i = 0; i < processes; i++) {
		switch (fork()) {
		case -1:
			die("fork");
		case 0:
			close(gate[1]);
			if (read(gate[0], &octet, 1))
				die("read");
			ask_all(i);
		}
	}
	close(gate[1]);
	while (wait(&status) > 0)
		failed += status != 0;
	return failed;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static unsigned int count_addresses(void)
{
	unsigned int i, count = 0;
	uint32_t last = 0;

	qsort(seen->addr, names, sizeof(*seen->addr), compare);
	for (i = 0; i < names; i++) {
		count += seen->addr[i] != last;
		last = seen->addr[i];
	}
	return count;
}

int main(int argc, char **argv)
{
	struct in_addr lowest, highest;
	unsigned int failed;

	if (argc < 6 || inet_pton(AF_INET, argv[1], &resolver.sin_addr) != 1)
		return 2;
	resolver.sin_port = htons(PORT);
	domain = argv[2];
	queries = atoi(argv[3]);
	processes = atoi(argv[4]);
	names = atoi(argv[5]);
	forgets = argc > 6;
	seen = mmap(NULL, sizeof(*seen) + names * sizeof(*seen->addr),
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED || strlen(domain) > QUERY_MAX / 4)
		return 2;
	seen->lowest = UINT32_MAX;

	failed = run_processes();
	lowest.s_addr = htonl(seen->lowest);
	highest.s_addr = htonl(seen->highest);
	printf("%u answers, ", seen->answers);
	if (!forgets)
		printf("%u addresses, ", count_addresses());
	printf("%s to ", inet_ntoa(lowest));
	printf("%s\n", inet_ntoa(highest));
	return failed != 0;
}
