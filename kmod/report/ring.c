// SPDX-License-Identifier: GPL-2.0
#include "report/ring.h"

#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "compat/timer.h"

/* A reader that waits hears of a record after so long. */
#define RING_PATIENCE	(HZ / 100 + 1)

static void ring_wake(struct timer_list *timer)
{
	struct mprox_ring *ring = timer_container_of(ring, timer, wake);

	wake_up_interruptible_poll(&ring->wait, EPOLLIN | EPOLLRDNORM |
				   (mprox_ring_is_over(ring) ? EPOLLHUP : 0));
}

int mprox_ring_init(struct mprox_ring *ring, u32 size)
{
	ring->buf = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!ring->buf)
		return -ENOMEM;
	ring->size = size;
	raw_spin_lock_init(&ring->lock);
	init_waitqueue_head(&ring->wait);
	mutex_init(&ring->read_lock);
	timer_setup(&ring->wake, ring_wake, 0);
	return 0;
}

void mprox_ring_exit(struct mprox_ring *ring)
{
	unsigned long irq;
	u8 *buf;

	raw_spin_lock_irqsave(&ring->lock, irq);
	ring->over = true;
	ring->used = 0;
	buf = ring->buf;
	ring->buf = NULL;
	raw_spin_unlock_irqrestore(&ring->lock, irq);
	/* Whoever arms it has seen @buf, under the lock. */
	timer_delete_sync(&ring->wake);
	kvfree(buf);
}

/* @at may be past the end, once. */
static void ring_put(struct mprox_ring *ring, u32 at, const void *from, u32 len)
{
	u32 part;

	at %= ring->size;
	part = min(len, ring->size - at);
	memcpy(ring->buf + at, from, part);
	memcpy(ring->buf, from + part, len - part);
}

static void ring_get(const struct mprox_ring *ring, u32 at, void *to, u32 len)
{
	u32 part;

	at %= ring->size;
	part = min(len, ring->size - at);
	memcpy(to, ring->buf + at, part);
	memcpy(to + part, ring->buf, len - part);
}

static u32 ring_first_len(const struct mprox_ring *ring)
{
	u32 len;

	ring_get(ring, ring->first, &len, sizeof(len));
	return len;
}

static void ring_drop_first(struct mprox_ring *ring, u32 len)
{
	ring->first = (ring->first + MPROX_RING_ROOM(len)) % ring->size;
	WRITE_ONCE(ring->used, ring->used - MPROX_RING_ROOM(len));
}

void mprox_ring_add(struct mprox_ring *ring, const void *record, u32 len)
{
	u32 room = MPROX_RING_ROOM(len);
	unsigned long irq;
	u32 at;

	raw_spin_lock_irqsave(&ring->lock, irq);
	if (ring->over || WARN_ON_ONCE(room > ring->size))
		goto out;
	while (ring->size - ring->used < room) {
		ring_drop_first(ring, ring_first_len(ring));
		ring->lost++;
	}
	at = ring->first + ring->used;
	ring_put(ring, at, &len, sizeof(len));
	ring_put(ring, at + sizeof(len), record, len);
	WRITE_ONCE(ring->used, ring->used + room);
	/* One that is half full cannot wait so long. */
	if (ring->used > ring->size / 2)
		timer_reduce(&ring->wake, jiffies);
	else if (!timer_pending(&ring->wake))
		mod_timer(&ring->wake, jiffies + RING_PATIENCE);
out:
	raw_spin_unlock_irqrestore(&ring->lock, irq);
}

void mprox_ring_lose(struct mprox_ring *ring)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&ring->lock, irq);
	ring->lost++;
	raw_spin_unlock_irqrestore(&ring->lock, irq);
}

void mprox_ring_end(struct mprox_ring *ring)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&ring->lock, irq);
	WRITE_ONCE(ring->over, true);
	if (ring->buf)
		timer_reduce(&ring->wake, jiffies);
	raw_spin_unlock_irqrestore(&ring->lock, irq);
}

u32 mprox_ring_take(struct mprox_ring *ring, void *to, u32 room, u64 *lost)
{
	unsigned long irq;
	u32 len = 0;

	raw_spin_lock_irqsave(&ring->lock, irq);
	if (ring->used) {
		len = ring_first_len(ring);
		if (len > room) {
			len = 0;
		} else {
			ring_get(ring, ring->first + sizeof(len), to, len);
			ring_drop_first(ring, len);
			*lost = ring->lost;
			ring->lost = 0;
		}
	}
	raw_spin_unlock_irqrestore(&ring->lock, irq);
	return len;
}

static bool ring_has_news(const struct mprox_ring *ring)
{
	return READ_ONCE(ring->used) || mprox_ring_is_over(ring);
}

static int ring_wait(struct mprox_ring *ring, bool nonblock)
{
	if (nonblock)
		return ring_has_news(ring) ? 0 : -EAGAIN;
	return wait_event_interruptible(ring->wait, ring_has_news(ring));
}

ssize_t mprox_ring_read(struct mprox_ring *ring, struct file *file, char __user *to,
			size_t len, ssize_t (*copy)(void *reader, char __user *to,
						    size_t len))
{
	ssize_t got;
	bool over;
	int err;

	for (;;) {
		/* Before the last look, so that nothing is left behind. */
		over = mprox_ring_is_over(ring);
		if (mutex_lock_interruptible(&ring->read_lock))
			return -ERESTARTSYS;
		got = copy(file->private_data, to, len);
		mutex_unlock(&ring->read_lock);
		if (got || over)
			return got;
		err = ring_wait(ring, file->f_flags & O_NONBLOCK);
		if (err)
			return err;
	}
}

__poll_t mprox_ring_poll(struct mprox_ring *ring, struct file *file,
			 struct poll_table_struct *wait)
{
	__poll_t mask = 0;

	poll_wait(file, &ring->wait, wait);
	if (ring_has_news(ring))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (mprox_ring_is_over(ring))
		mask |= EPOLLHUP;
	return mask;
}
