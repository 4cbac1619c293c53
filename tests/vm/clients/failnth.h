/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of failnth share; its head says what it does. */
#ifndef MUTEX_TESTS_FAILNTH_H
#define MUTEX_TESTS_FAILNTH_H

#include "uapi.h"

/**
 * struct sweep - one call, whose n-th allocation fails, n = 1, 2, 3, ...
 * @name:	for the reader
 * @before:	makes what the call needs; nothing of it fails
 * @call:	its result, or the negative errno
 * @after:	looks at the result and undoes it; nothing of it fails
 * @errnos:	what the call may come to; empty: any
 * @last:	how often at most, where the number of allocations has no end
 * @in_child:	the call is made in a process of its own, behind @before
 */
struct sweep {
	const char *name;
	void (*before)(unsigned int n);
	long (*call)(void);
	void (*after)(unsigned int n, long got);
	int errnos[6];
	unsigned int last;
	bool in_child;
};

/* What sweeps of the interface and of the network have in common. */
extern int ctx;
/* All of it is about this policy: a real server, UDP, ports, fake names. */
void policy_request(struct request *r, unsigned int port);
/* The calls of this task do not fail while @what runs its course. */
void run_sweeps(const struct sweep *sweeps, size_t count);

/* failnth_net.c */
void net_sweeps(void);
#define NOTHING_FAILS	(~0u)
/*
 * Whatever fails in the meantime: @count rounds of everything. @before_each: sees
 * to it that something does, the @n-th time, or nothing any more.
 */
void net_under_fire(unsigned int count, void (*before_each)(unsigned int n));
/* A child of a member is refused what the policy blocks; a stranger is not. */
bool is_in_scope(void);

#endif
