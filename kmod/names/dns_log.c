// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes. The log is referenced by its descriptor and by its context, and either
 * may go first. The records go with the descriptor; a log that has lost it takes no
 * more, and its place in the context is free for another one. It holds nothing of
 * the context, so that a forgotten reader keeps no scope alive.
 */
#include "names/dns_log.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/mutex_proxy.h>
#include "report/events.h"
#include "report/ring.h"
#include "scope/context.h"

/* Each octet of a name as \ddd (RFC 1035, 5.1), and the words in front of it. */
#define LINE_MAX	(4 * MPROX_DNS_NAME_MAX + 128)

struct record {
	u64 time;	/* ns since boot, as CLOCK_MONOTONIC has it */
	u16 type;
	u8 verb;	/* enum mprox_dns_count */
	u8 rcode;
	u8 name_len;
	u8 name[MPROX_DNS_NAME_MAX];
};

/**
 * struct mprox_dns_log - a ring of records
 * @refs:	the descriptor and the context
 * @rcu:	its memory is given back a grace period later
 * @ring:	of struct record; its read_lock protects what follows
 * @at:		octets of @line that were read
 * @len:	octets in @line
 * @line:	the last that was taken from the ring
 */
struct mprox_dns_log {
	refcount_t refs;
	struct rcu_head rcu;
	struct mprox_ring ring;
	u32 at;
	u32 len;
	char line[LINE_MAX];
};

/* Who adds a record has found the log under RCU. */
static void dns_log_put(struct mprox_dns_log *log)
{
	if (log && refcount_dec_and_test(&log->refs))
		kfree_rcu(log, rcu);
}

/* MUTEX_PROXY_QUERY_* */
static u16 query_outcome(enum mprox_dns_count verb)
{
	static const u16 outcomes[MPROX_DNS_COUNTS] = {
		[MPROX_DNS_COUNT_FAKED] = MUTEX_PROXY_QUERY_FAKED,
		[MPROX_DNS_COUNT_EMPTY] = MUTEX_PROXY_QUERY_EMPTY,
		[MPROX_DNS_COUNT_BLOCKED] = MUTEX_PROXY_QUERY_BLOCKED,
		[MPROX_DNS_COUNT_CACHED] = MUTEX_PROXY_QUERY_CACHED,
		[MPROX_DNS_COUNT_ASKED] = MUTEX_PROXY_QUERY_ASKED,
		[MPROX_DNS_COUNT_DIRECT] = MUTEX_PROXY_QUERY_DIRECT,
		[MPROX_DNS_COUNT_BAD] = MUTEX_PROXY_QUERY_BAD,
	};

	return outcomes[verb];
}

static void dns_tell(struct mprox_ctx *ctx, enum mprox_dns_count verb,
		     const struct mprox_dns_query *q, u8 rcode)
{
	struct mprox_event event = {
		.kind = MUTEX_PROXY_EVENT_QUERY,
		.reason = query_outcome(verb),
		.status = rcode,
	};

	if (q) {
		event.type = q->type;
		event.name = q->name;
		event.name_len = q->name_len;
	}
	mprox_events_tell(ctx->events, &event);
}

void mprox_dns_log_add(struct mprox_ctx *ctx, enum mprox_dns_count verb,
		       const struct mprox_dns_query *q, u8 rcode)
{
	struct mprox_dns_log *log;
	struct record record;

	if (mprox_events_wanted(ctx->events, MUTEX_PROXY_EVENT_QUERY))
		dns_tell(ctx, verb, q, rcode);
	rcu_read_lock();
	log = rcu_dereference(ctx->dns_log);
	if (log) {
		record.time = ktime_get_ns();
		record.verb = verb;
		record.rcode = rcode;
		record.type = q ? q->type : 0;
		record.name_len = q ? q->name_len : 0;
		if (q)
			memcpy(record.name, q->name, q->name_len);
		mprox_ring_add(&log->ring, &record, sizeof(record));
	}
	rcu_read_unlock();
}

void mprox_dns_log_end(struct mprox_ctx *ctx)
{
	struct mprox_dns_log *log;

	rcu_read_lock();
	log = rcu_dereference(ctx->dns_log);
	if (log)
		mprox_ring_end(&log->ring);
	rcu_read_unlock();
}

void mprox_dns_log_free(struct mprox_ctx *ctx)
{
	dns_log_put(rcu_dereference_protected(ctx->dns_log, true));
}

/* As in a zone file, so that a line is a line. */
static void put_name(struct mprox_dns_log *log, const struct record *record)
{
	u32 i;

	for (i = 0; i < record->name_len; i++) {
		u8 c = record->name[i];

		log->len += scnprintf(log->line + log->len,
				      LINE_MAX - log->len,
				      c <= ' ' || c >= 0x7f || c == '\\' ?
				      "\\%03u" : "%c", c);
	}
	log->len += scnprintf(log->line + log->len, LINE_MAX - log->len, "%s\n",
			      record->name_len ? "" : ".");
}

static const char *type_name(u16 type, char *buf, size_t size)
{
	static const struct {
		u16 type;
		const char *name;
	} names[] = {
		{ MPROX_DNS_A, "A" }, { MPROX_DNS_AAAA, "AAAA" },
		{ MPROX_DNS_NS, "NS" }, { MPROX_DNS_CNAME, "CNAME" },
		{ MPROX_DNS_SOA, "SOA" }, { MPROX_DNS_PTR, "PTR" },
		{ MPROX_DNS_MX, "MX" }, { MPROX_DNS_SRV, "SRV" },
		{ MPROX_DNS_ANY, "ANY" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].type == type)
			return names[i].name;
	/* RFC 3597, 5. */
	scnprintf(buf, size, "TYPE%u", type);
	return buf;
}

static const char *rcode_name(u8 rcode, char *buf, size_t size)
{
	static const char * const names[] = {
		[MPROX_DNS_NOERROR] = "NOERROR",
		[MPROX_DNS_FORMERR] = "FORMERR",
		[MPROX_DNS_SERVFAIL] = "SERVFAIL",
		[MPROX_DNS_NXDOMAIN] = "NXDOMAIN",
		[MPROX_DNS_NOTIMP] = "NOTIMP",
		[MPROX_DNS_REFUSED] = "REFUSED",
	};

	if (rcode < ARRAY_SIZE(names))
		return names[rcode];
	scnprintf(buf, size, "RCODE%u", rcode);
	return buf;
}

const char *mprox_dns_count_name(enum mprox_dns_count what)
{
	static const char * const names[] = {
		[MPROX_DNS_COUNT_QUERIES] = "queries",
		[MPROX_DNS_COUNT_FAKED] = "faked",
		[MPROX_DNS_COUNT_EMPTY] = "empty",
		[MPROX_DNS_COUNT_BLOCKED] = "blocked",
		[MPROX_DNS_COUNT_CACHED] = "cached",
		[MPROX_DNS_COUNT_ASKED] = "asked",
		[MPROX_DNS_COUNT_DIRECT] = "direct",
		[MPROX_DNS_COUNT_BAD] = "bad",
	};

	return names[what];
}

/* The next line. False: there is none. */
static bool write_line(struct mprox_dns_log *log)
{
	char type[12], rcode[12];
	struct record record;
	u64 seconds;
	u64 lost = 0;
	u32 usec;

	lockdep_assert_held(&log->ring.read_lock);
	log->at = 0;
	log->len = 0;
	if (!mprox_ring_take(&log->ring, &record, sizeof(record), &lost))
		return false;
	seconds = div_u64_rem(record.time, NSEC_PER_SEC, &usec);
	usec /= NSEC_PER_USEC;
	if (lost)
		log->len = scnprintf(log->line, LINE_MAX, "%llu.%06u lost %llu\n",
				     seconds, usec, lost);
	log->len += scnprintf(log->line + log->len, LINE_MAX - log->len,
			      "%llu.%06u %s %s %s ", seconds, usec,
			      mprox_dns_count_name(record.verb),
			      type_name(record.type, type, sizeof(type)),
			      rcode_name(record.rcode, rcode, sizeof(rcode)));
	put_name(log, &record);
	return true;
}

/* Octets that were read; 0: nothing is there. */
static ssize_t read_lines(void *reader, char __user *to, size_t len)
{
	struct mprox_dns_log *log = reader;
	size_t done = 0, part;

	while (done < len && (log->at < log->len || write_line(log))) {
		part = min_t(size_t, len - done, log->len - log->at);
		if (copy_to_user(to + done, log->line + log->at, part))
			return done ?: -EFAULT;
		log->at += part;
		done += part;
	}
	return done;
}

static ssize_t log_read(struct file *file, char __user *to, size_t len,
			loff_t *pos)
{
	struct mprox_dns_log *log = file->private_data;

	return len ? mprox_ring_read(&log->ring, file, to, len, read_lines) : 0;
}

static __poll_t log_poll(struct file *file, poll_table *wait)
{
	struct mprox_dns_log *log = file->private_data;
	__poll_t mask = mprox_ring_poll(&log->ring, file, wait);

	/* What is left of a line. */
	if (READ_ONCE(log->at) < READ_ONCE(log->len))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static int log_release(struct inode *inode, struct file *file)
{
	struct mprox_dns_log *log = file->private_data;

	mprox_ring_exit(&log->ring);
	dns_log_put(log);
	return 0;
}

static const struct file_operations log_fops = {
	.owner = THIS_MODULE,	/* what pins the module for an anonymous inode */
	.read = log_read,
	.poll = log_poll,
	.release = log_release,
	.llseek = noop_llseek,
};

static struct mprox_dns_log *alloc_log(u32 records)
{
	struct mprox_dns_log *log = kzalloc(sizeof(*log), GFP_KERNEL_ACCOUNT);

	if (!log)
		return NULL;
	if (mprox_ring_init(&log->ring, records * MPROX_RING_ROOM(sizeof(struct record)))) {
		kfree(log);
		return NULL;
	}
	refcount_set(&log->refs, 1);
	return log;
}

/* Takes a reference of its own. @log may be NULL: no more of any. */
static int publish(struct mprox_ctx *ctx, struct mprox_dns_log *log)
{
	struct mprox_dns_log *old;

	mutex_lock(&ctx->lock);
	old = rcu_dereference_protected(ctx->dns_log,
					lockdep_is_held(&ctx->lock));
	if (log && old && !mprox_ring_is_over(&old->ring)) {
		mutex_unlock(&ctx->lock);
		return -EBUSY;
	}
	if (log)
		refcount_inc(&log->refs);
	rcu_assign_pointer(ctx->dns_log, log);
	mutex_unlock(&ctx->lock);
	if (old)
		mprox_ring_end(&old->ring);
	dns_log_put(old);
	return 0;
}

long mprox_dns_log_open(struct mprox_ctx *ctx, unsigned long records)
{
	struct mprox_dns_log *log;
	struct file *file;
	int fd, err;

	if (records > MUTEX_PROXY_MAX_DNS_LOG)
		return -EINVAL;
	if (!records)
		return publish(ctx, NULL);
	log = alloc_log(records);
	if (!log)
		return -ENOMEM;
	fd = get_unused_fd_flags(O_CLOEXEC);
	file = fd < 0 ? ERR_PTR(fd) :
	       anon_inode_getfile("[mutex_proxy_dns]", &log_fops, log, O_RDONLY);
	if (IS_ERR(file)) {
		mprox_ring_exit(&log->ring);
		dns_log_put(log);
		err = PTR_ERR(file);
		goto err_fd;
	}
	err = publish(ctx, log);
	if (err)
		goto err_file;
	fd_install(fd, file);
	return fd;

err_file:
	fput(file);
err_fd:
	if (fd >= 0)
		put_unused_fd(fd);
	return err;
}
