/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bounded queue of records of any length for one reader. Where there is no room the
 * oldest ones go, and are counted. Whoever adds one never waits, and wakes nobody: a
 * timer does, so that a burst costs its reader one wake-up.
 */
#ifndef MPROX_RING_H
#define MPROX_RING_H

#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/wait.h>

/**
 * struct mprox_ring - records
 * @lock:	any context, also with preemption off; protects all but @wait and
 *		@read_lock
 * @buf:	NULL: the reader is gone
 * @size:	octets of @buf
 * @first:	where the oldest record begins, its length (u32) before it
 * @used:	octets of records and their lengths
 * @lost:	records that had to go since the reader was told
 * @over:	no more will come
 * @wake:	armed while there is something that the reader has not been woken for
 * @wait:	the reader
 * @read_lock:	process context: one read() at a time
 */
struct mprox_ring {
	raw_spinlock_t lock;
	u8 *buf;
	u32 size;
	u32 first;
	u32 used;
	u64 lost;
	bool over;
	struct timer_list wake;
	wait_queue_head_t wait;
	struct mutex read_lock;
};

/* What a record of @len octets takes. */
#define MPROX_RING_ROOM(len)	(sizeof(u32) + (len))

/* @size: octets, accounted to current. 0 or -ENOMEM. Process context. */
int mprox_ring_init(struct mprox_ring *ring, u32 size);

/*
 * The reader goes: what is added from now on is dropped. The memory of @ring itself
 * may be looked at by who has found it under RCU. Process context.
 */
void mprox_ring_exit(struct mprox_ring *ring);

/*
 * Any context up to softirq, also with preemption off. MPROX_RING_ROOM(@len): at most the
 * ring's size.
 */
void mprox_ring_add(struct mprox_ring *ring, const void *record, u32 len);
/* Likewise one that there was no memory for. */
void mprox_ring_lose(struct mprox_ring *ring);
/* No more will come. Any context. */
void mprox_ring_end(struct mprox_ring *ring);

/*
 * Takes the oldest record if it has @room octets at most; its length, or 0. *@lost: those
 * that were lost before it, which are told by this.
 */
u32 mprox_ring_take(struct mprox_ring *ring, void *to, u32 room, u64 *lost);

/*
 * What read() of @file comes to: @copy is called, with the file's private data and
 * @ring->read_lock held, until it has copied something, or fails, or no more will come
 * (0). -EAGAIN if it would wait and must not, -ERESTARTSYS. Process context.
 */
ssize_t mprox_ring_read(struct mprox_ring *ring, struct file *file, char __user *to,
			size_t len, ssize_t (*copy)(void *reader, char __user *to,
						    size_t len));
/* EPOLLIN, EPOLLHUP; racy, as poll is. */
__poll_t mprox_ring_poll(struct mprox_ring *ring, struct file *file,
			 struct poll_table_struct *wait);

static inline bool mprox_ring_is_over(const struct mprox_ring *ring)
{
	return READ_ONCE(ring->over);
}

#endif
