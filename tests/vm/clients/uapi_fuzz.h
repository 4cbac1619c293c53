/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of uapi_fuzz share; its head says what it does. */
#ifndef MUTEX_TESTS_UAPI_FUZZ_H
#define MUTEX_TESTS_UAPI_FUZZ_H

#include <netinet/in.h>
#include <stdatomic.h>
#include "uapi.h"

/* Descriptors that every process has, also after exec. */
#define FD_SHARED	100
#define FD_PASS_IN	101
#define FD_PASS_OUT	102
#define HELD_MAX	24
#define FAKES_MAX	64

enum held_kind { HELD_NONE, HELD_CONTEXT, HELD_LOG, HELD_EVENTS, HELD_SOCKET };

struct held {
	enum held_kind kind;
	int fd;
};

/* In memory that all processes have. */
struct shared {
	double until;
	bool wild;
	unsigned long limit;	/* of @calls */
	atomic_ulong calls;
	atomic_ulong bad;
	atomic_ulong forks;
	atomic_ulong passed;
	atomic_ulong connected;
	atomic_ulong not_connected;
	atomic_ulong answered;
	atomic_ulong datagrams;
	/* Addresses that stand for names, network order. */
	atomic_uint fakes[FAKES_MAX];
};

/* One of these for each thread. */
struct fuzz {
	uint64_t random;
	unsigned int depth;	/* forks between the first process and us */
	unsigned int children;
	bool in_thread;		/* another one has the same descriptors */
	struct held held[HELD_MAX];
};

extern struct shared *shared;

uint64_t rnd(struct fuzz *f);
static inline unsigned int below(struct fuzz *f, unsigned int n)
{
	return rnd(f) % n;
}
static inline bool one_in(struct fuzz *f, unsigned int n)
{
	return !below(f, n);
}

double now(void);
/* What nobody has promised. */
void fuzz_bad(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Keeps @fd, in place of another if there is no room. */
void hold(struct fuzz *f, enum held_kind kind, int fd);
/* One of that kind, or NULL. */
struct held *pick(struct fuzz *f, enum held_kind kind);
void drop(struct held *held);

/* uapi_fuzz_call.c */
void call_create(struct fuzz *f);
void call_context(struct fuzz *f);
void call_log(struct fuzz *f);
void call_events(struct fuzz *f);
void call_nonsense(struct fuzz *f);
/* A policy that leads into a proxy whatever leaves. */
void tame_policy(struct fuzz *f, int fd);

/* uapi_fuzz_net.c */
void net_connect(struct fuzz *f);
void net_talk(struct fuzz *f);
void net_query(struct fuzz *f);
void net_datagram(struct fuzz *f);
void net_bind(struct fuzz *f, int ctx);

#endif
