/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens in a context, told to whoever reads. Without a reader, telling is one
 * test of a word.
 */
#ifndef MPROX_EVENTS_H
#define MPROX_EVENTS_H

#include <linux/bits.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/uidgid.h>
#include <linux/mutex_proxy.h>
#include "mprox.h"

struct mprox_reader;

/**
 * struct mprox_events - the readers of a context's events
 * @refs:	the context's, and one of each reader's descriptor
 * @kinds:	what at least one of them wants, as bits; written under @lock
 * @context:	the context's number
 * @over:	nothing more comes; a reader that enters now is told so at once
 * @lock:	process context: readers come and go
 * @readers:	RCU; replaced under @lock
 */
struct mprox_events {
	refcount_t refs;
	u32 kinds;
	u32 context;
	bool over;
	struct mutex lock;
	struct mprox_reader __rcu *readers[MUTEX_PROXY_MAX_READERS];
	struct rcu_head rcu;
};

/* Whose doing something is that is told later. Owns its references. */
struct mprox_actor {
	struct pid *pid;
	struct pid *tgid;
	char comm[TASK_COMM_LEN];
};

/**
 * struct mprox_event - something to be told; what is not set is not known
 * @kind:	MUTEX_PROXY_EVENT_*
 * @proto:	IPPROTO_*
 * @reason:	MUTEX_PROXY_REASON_*, _CHANGE_* or _QUERY_*
 * @error:	negative errno
 * @flow:	the flow's number
 * @duration_ns: nanoseconds
 * @bytes_sent, @bytes_received: octets
 * @rtt_us:	microseconds
 * @server:	one more than the index of policy.servers
 * @rule:	one more than the index of policy.rules
 * @status, @attempts, @type, @hop, @name_len: as in struct mutex_proxy_event
 * @to, @via:	or NULL
 * @to_scope, @via_scope: interface indices
 * @name:	@name_len octets
 * @uid:	whose socket it is; if @has_uid
 * @by_current:	it is current's doing; with the executable's path if @tell_exe
 * @actor:	else it is this one's; or NULL
 */
struct mprox_event {
	u8 kind;
	u8 proto;
	u16 reason;
	int error;
	u64 flow;
	u64 duration_ns;
	u64 bytes_sent;
	u64 bytes_received;
	u32 rtt_us;
	u16 server;
	u16 rule;
	u16 status;
	u16 attempts;
	u16 type;
	u16 hop;
	u16 name_len;
	const struct mprox_addr *to;
	const struct mprox_addr *via;
	u32 to_scope;
	u32 via_scope;
	const u8 *name;
	kuid_t uid;
	bool has_uid;
	bool by_current;
	bool tell_exe;
	const struct mprox_actor *actor;
};

/* Without a number yet. NULL: no memory. Process context. */
struct mprox_events *mprox_events_alloc(void);
/* The context's reference. Any context. */
void mprox_events_put(struct mprox_events *events);
/* Readers come to an end. Any context, also a probe's. */
void mprox_events_end(struct mprox_events *events);

/* A descriptor to read from, or negative errno. Process context. */
long mprox_events_open(struct mprox_events *events,
		       const struct mutex_proxy_events *wanted);

/* Is anybody there who wants to hear of it? Any context. */
static inline bool mprox_events_wanted(const struct mprox_events *events, u8 kind)
{
	return unlikely(READ_ONCE(events->kinds) & BIT(kind));
}

/*
 * Tells everybody who wants it. Where there is no memory for it, it counts as lost. Any
 * context up to softirq, also with preemption off, but with @tell_exe; @by_current:
 * current is meant.
 */
void mprox_events_tell(struct mprox_events *events, const struct mprox_event *event);

/*
 * Writes @event into the @room octets at @to, without pid and uid, which are what the
 * reader calls them; its length, or 0: no room. Any context.
 */
u32 mprox_event_write(void *to, u32 room, u32 context, const struct mprox_event *event);

/* Remembers current. */
void mprox_actor_take(struct mprox_actor *actor);
/* The same one once more. Any context. */
void mprox_actor_copy(struct mprox_actor *to, const struct mprox_actor *from);
/* All zero is fine. Any context. */
void mprox_actor_put(struct mprox_actor *actor);

#endif
