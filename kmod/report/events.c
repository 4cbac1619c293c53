// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes. The readers' table is referenced by its context and by each reader's
 * descriptor, and either may go first. A reader leaves the table when its descriptor is
 * closed, and its memory goes a grace period later. No reader
 * holds anything of the context, so that a forgotten one keeps no scope alive.
 */
#include "report/events.h"

#include <linux/anon_inodes.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include "compat/exe.h"
#include "report/ring.h"

#define EVENT_HEAD	sizeof(struct mutex_proxy_event)
#define EVENTS_ROOM	262144
#define EVENTS_ALL	(BIT(MUTEX_PROXY_EVENT_KINDS) - 1)
/* What nobody can ask for: a loss is always told, and flows are no events. */
#define EVENTS_NONE	(BIT(MUTEX_PROXY_EVENT_LOST) | BIT(MUTEX_PROXY_EVENT_FLOW))
#define EVENTS_CHUNK	8192

static_assert(EVENT_HEAD == 168);
static_assert(EVENT_HEAD + MUTEX_PROXY_MAX_NAME + MUTEX_PROXY_MAX_EXE + 7 <=
	      MUTEX_PROXY_EVENT_MAX);
/* A record that follows a loss. */
static_assert(EVENT_HEAD + MUTEX_PROXY_EVENT_MAX < MUTEX_PROXY_MIN_EVENTS_READ);

/**
 * struct mprox_reader - one who reads events
 * @ring:	what there is for him; its read_lock protects @chunk
 * @kinds:	what he wants
 * @events:	where he is in the table, referenced
 * @pids:	his pid namespace, referenced
 * @users:	his user namespace, referenced
 * @chunk:	records on their way out
 */
struct mprox_reader {
	struct mprox_ring ring;
	u32 kinds;
	struct mprox_events *events;
	struct pid_namespace *pids;
	struct user_namespace *users;
	u8 *chunk;
};

void mprox_actor_take(struct mprox_actor *actor)
{
	actor->pid = get_pid(task_pid(current));
	actor->tgid = get_pid(task_tgid(current));
	get_task_comm(actor->comm, current);
}

void mprox_actor_copy(struct mprox_actor *to, const struct mprox_actor *from)
{
	*to = *from;
	get_pid(to->pid);
	get_pid(to->tgid);
}

void mprox_actor_put(struct mprox_actor *actor)
{
	put_pid(actor->pid);
	put_pid(actor->tgid);
}

static void event_endpoint(struct mutex_proxy_endpoint *to, const struct mprox_addr *addr,
			   u32 scope_id)
{
	if (!addr)
		return;
	to->family = addr->family;
	to->port = ntohs(addr->port);
	to->scope_id = scope_id;
	memcpy(to->addr, &addr->addr, addr->family == AF_INET ? 4 : 16);
}

static u16 event_index(u16 one_more)
{
	return one_more ? one_more - 1 : 0xffff;
}

u32 mprox_event_write(void *to, u32 room, u32 context, const struct mprox_event *event)
{
	u32 size = ALIGN(EVENT_HEAD + event->name_len, 8);
	struct mutex_proxy_event *ue = to;

	if (size > room)
		return 0;
	memset(ue, 0, size);
	ue->size = size;
	ue->head = EVENT_HEAD;
	ue->kind = event->kind;
	ue->proto = event->proto;
	ue->context = context;
	ue->reason = event->reason;
	ue->error = -event->error;
	ue->flow = event->flow;
	ue->time = ktime_get_real_ns();
	ue->monotonic = ktime_get_ns();
	ue->duration = event->duration_ns;
	ue->bytes_sent = event->bytes_sent;
	ue->bytes_received = event->bytes_received;
	ue->rtt_us = event->rtt_us;
	ue->server = event_index(event->server);
	ue->rule = event_index(event->rule);
	ue->status = event->status;
	ue->attempts = event->attempts;
	ue->type = event->type;
	ue->hop = event->hop;
	ue->name_len = event->name_len;
	event_endpoint(&ue->to, event->to, event->to_scope);
	event_endpoint(&ue->via, event->via, event->via_scope);
	memcpy((u8 *)to + EVENT_HEAD, event->name, event->name_len);
	return size;
}

/* The path of what current executes, behind the name; a longer one is not told. */
static void event_add_exe(struct mutex_proxy_event *ue, char *buf)
{
	struct file *exe = mprox_compat_current_exe();
	size_t len, at = EVENT_HEAD + ue->name_len;
	char *path;

	if (!exe)
		return;
	path = d_path(&exe->f_path, buf, MUTEX_PROXY_MAX_EXE + 1);
	fput(exe);
	if (IS_ERR(path))
		return;
	len = strlen(path);
	ue->exe_len = len;
	ue->size = ALIGN(at + len, 8);
	memcpy((u8 *)ue + at, path, len);
	memset((u8 *)ue + at + len, 0, ue->size - at - len);
}

static void event_add_doer(struct mutex_proxy_event *ue, const struct mprox_event *event,
			   const struct mprox_reader *reader)
{
	if (event->by_current) {
		ue->pid = task_pid_nr_ns(current, reader->pids);
		ue->tgid = task_tgid_nr_ns(current, reader->pids);
	} else if (event->actor) {
		ue->pid = pid_nr_ns(event->actor->pid, reader->pids);
		ue->tgid = pid_nr_ns(event->actor->tgid, reader->pids);
	}
	if (event->has_uid)
		ue->uid = from_kuid_munged(reader->users, event->uid);
}

/* The record as it is for everybody. */
static void event_fill(struct mutex_proxy_event *ue, u32 room, u32 context,
		       const struct mprox_event *event)
{
	mprox_event_write(ue, room, context, event);
	if (event->by_current)
		get_task_comm(ue->comm, current);
	else if (event->actor)
		memcpy(ue->comm, event->actor->comm, sizeof(ue->comm));
}

/* @ue: NULL: there was no memory. */
static void events_give(struct mprox_events *events, const struct mprox_event *event,
			struct mutex_proxy_event *ue)
{
	struct mprox_reader *reader;
	u32 i;

	rcu_read_lock();
	for (i = 0; i < MUTEX_PROXY_MAX_READERS; i++) {
		reader = rcu_dereference(events->readers[i]);
		if (!reader || !(reader->kinds & BIT(event->kind)))
			continue;
		if (ue) {
			event_add_doer(ue, event, reader);
			mprox_ring_add(&reader->ring, ue, ue->size);
		} else {
			mprox_ring_lose(&reader->ring);
		}
	}
	rcu_read_unlock();
}

/* Behind the record there is the room in which the path is made. */
static void events_tell_with_exe(struct mprox_events *events,
				 const struct mprox_event *event)
{
	struct mutex_proxy_event *ue;

	ue = kmalloc(MUTEX_PROXY_EVENT_MAX + MUTEX_PROXY_MAX_EXE + 1,
		     GFP_ATOMIC | __GFP_NOWARN);
	if (ue) {
		event_fill(ue, MUTEX_PROXY_EVENT_MAX, events->context, event);
		event_add_exe(ue, (char *)ue + MUTEX_PROXY_EVENT_MAX);
	}
	events_give(events, event, ue);
	kfree(ue);
}

void mprox_events_tell(struct mprox_events *events, const struct mprox_event *event)
{
	u64 buf[(EVENT_HEAD + ALIGN(MUTEX_PROXY_MAX_NAME, 8)) / 8];

	/* PREEMPT_RT has no memory to give where preemption is off. */
	if (event->tell_exe) {
		events_tell_with_exe(events, event);
		return;
	}
	event_fill((void *)buf, sizeof(buf), events->context, event);
	events_give(events, event, (void *)buf);
}

struct mprox_events *mprox_events_alloc(void)
{
	struct mprox_events *events = kzalloc(sizeof(*events), GFP_KERNEL_ACCOUNT);

	if (!events)
		return NULL;
	refcount_set(&events->refs, 1);
	mutex_init(&events->lock);
	return events;
}

void mprox_events_put(struct mprox_events *events)
{
	if (events && refcount_dec_and_test(&events->refs))
		kfree_rcu(events, rcu);
}

void mprox_events_end(struct mprox_events *events)
{
	struct mprox_reader *reader;
	u32 i;

	WRITE_ONCE(events->over, true);
	/* Pairs with that of events_enter(): a reader that we miss sees @over. */
	smp_mb();
	rcu_read_lock();
	for (i = 0; i < MUTEX_PROXY_MAX_READERS; i++) {
		reader = rcu_dereference(events->readers[i]);
		if (reader)
			mprox_ring_end(&reader->ring);
	}
	rcu_read_unlock();
}

static void events_count_kinds(struct mprox_events *events)
{
	const struct mprox_reader *reader;
	u32 kinds = 0, i;

	for (i = 0; i < MUTEX_PROXY_MAX_READERS; i++) {
		reader = rcu_dereference_protected(events->readers[i],
						   lockdep_is_held(&events->lock));
		if (reader)
			kinds |= reader->kinds;
	}
	WRITE_ONCE(events->kinds, kinds);
}

static int events_enter(struct mprox_events *events, struct mprox_reader *reader)
{
	int err = -EMLINK;
	u32 i;

	mutex_lock(&events->lock);
	for (i = 0; i < MUTEX_PROXY_MAX_READERS; i++) {
		if (rcu_access_pointer(events->readers[i]))
			continue;
		rcu_assign_pointer(events->readers[i], reader);
		smp_mb();
		if (READ_ONCE(events->over))
			mprox_ring_end(&reader->ring);
		err = 0;
		break;
	}
	events_count_kinds(events);
	mutex_unlock(&events->lock);
	return err;
}

static void events_leave(struct mprox_events *events, const struct mprox_reader *reader)
{
	u32 i;

	mutex_lock(&events->lock);
	for (i = 0; i < MUTEX_PROXY_MAX_READERS; i++)
		if (rcu_access_pointer(events->readers[i]) == reader)
			RCU_INIT_POINTER(events->readers[i], NULL);
	events_count_kinds(events);
	mutex_unlock(&events->lock);
	/* Whoever has found the reader in the table is done with it after this. */
	synchronize_rcu();
}

/* What was lost, in front of the record that has come after it. */
static u32 event_write_loss(const struct mprox_reader *reader, void *to, u64 lost)
{
	const struct mprox_event event = {
		.kind = MUTEX_PROXY_EVENT_LOST,
		.bytes_sent = lost,
	};

	return mprox_event_write(to, EVENT_HEAD, reader->events->context, &event);
}

/* Records for @room octets of the reader's; as many as @chunk has room for. */
static u32 reader_fill(struct mprox_reader *reader, u32 room)
{
	u32 done = 0, len;
	u64 lost;

	room = min_t(u32, room, EVENTS_CHUNK);
	while (room - done > EVENT_HEAD) {
		lost = 0;
		len = mprox_ring_take(&reader->ring, reader->chunk + done,
				      room - done - EVENT_HEAD, &lost);
		if (!len)
			break;
		if (lost) {
			memmove(reader->chunk + done + EVENT_HEAD,
				reader->chunk + done, len);
			len += event_write_loss(reader, reader->chunk + done, lost);
		}
		done += len;
	}
	return done;
}

static ssize_t reader_copy(void *arg, char __user *to, size_t len)
{
	struct mprox_reader *reader = arg;
	size_t done = 0;
	u32 part;

	while (len - done >= MUTEX_PROXY_MIN_EVENTS_READ) {
		part = reader_fill(reader, min_t(size_t, len - done, EVENTS_CHUNK));
		if (!part)
			break;
		/* What cannot be delivered is lost, and nobody is there to tell. */
		if (copy_to_user(to + done, reader->chunk, part))
			return done ?: -EFAULT;
		done += part;
	}
	return done;
}

static ssize_t reader_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct mprox_reader *reader = file->private_data;

	if (len < MUTEX_PROXY_MIN_EVENTS_READ)
		return -EINVAL;
	return mprox_ring_read(&reader->ring, file, to, len, reader_copy);
}

static __poll_t reader_poll(struct file *file, poll_table *wait)
{
	struct mprox_reader *reader = file->private_data;

	return mprox_ring_poll(&reader->ring, file, wait);
}

/* Nobody finds him any more. Process context. */
static void reader_free(struct mprox_reader *reader)
{
	mprox_ring_exit(&reader->ring);
	put_pid_ns(reader->pids);
	put_user_ns(reader->users);
	kfree(reader->chunk);
	mprox_events_put(reader->events);
	kfree(reader);
}

static int reader_release(struct inode *inode, struct file *file)
{
	struct mprox_reader *reader = file->private_data;

	events_leave(reader->events, reader);
	reader_free(reader);
	return 0;
}

static const struct file_operations reader_fops = {
	.owner = THIS_MODULE,	/* what pins the module for an anonymous inode */
	.read = reader_read,
	.poll = reader_poll,
	.release = reader_release,
	.llseek = noop_llseek,
};

static struct mprox_reader *reader_alloc(struct mprox_events *events, u32 kinds, u32 room)
{
	struct mprox_reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL_ACCOUNT);

	if (!reader)
		return NULL;
	reader->chunk = kmalloc(EVENTS_CHUNK, GFP_KERNEL_ACCOUNT);
	if (!reader->chunk || mprox_ring_init(&reader->ring, room)) {
		kfree(reader->chunk);
		kfree(reader);
		return NULL;
	}
	reader->kinds = kinds;
	reader->pids = get_pid_ns(task_active_pid_ns(current));
	reader->users = get_user_ns(current_user_ns());
	reader->events = events;
	refcount_inc(&events->refs);
	return reader;
}

static int events_check(const struct mutex_proxy_events *wanted)
{
	if (wanted->flags & ~MUTEX_PROXY_NONBLOCK ||
	    wanted->kinds & ~EVENTS_ALL || wanted->kinds & EVENTS_NONE)
		return -EINVAL;
	return wanted->room && (wanted->room < MUTEX_PROXY_MIN_EVENTS_ROOM ||
				wanted->room > MUTEX_PROXY_MAX_EVENTS_ROOM) ?
		-EINVAL : 0;
}

long mprox_events_open(struct mprox_events *events,
		       const struct mutex_proxy_events *wanted)
{
	struct mprox_reader *reader;
	struct file *file;
	int fd, err;

	err = events_check(wanted);
	if (err)
		return err;
	reader = reader_alloc(events, wanted->kinds ?: EVENTS_ALL & ~EVENTS_NONE,
			      wanted->room ?: EVENTS_ROOM);
	if (!reader)
		return -ENOMEM;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		err = fd;
		goto err_reader;
	}
	err = events_enter(events, reader);
	if (err)
		goto err_fd;
	file = anon_inode_getfile("[mutex_proxy_events]", &reader_fops, reader, O_RDONLY |
				  (wanted->flags & MUTEX_PROXY_NONBLOCK ? O_NONBLOCK : 0));
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_leave;
	}
	fd_install(fd, file);
	return fd;

err_leave:
	events_leave(events, reader);
err_fd:
	put_unused_fd(fd);
err_reader:
	reader_free(reader);
	return err;
}
