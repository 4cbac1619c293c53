// SPDX-License-Identifier: GPL-2.0
/* Questions onto a resolver's connection, and its answers from there. */
#include "servers/resolver_private.h"

#include <linux/jiffies.h>
#include <linux/net.h>
#include <linux/random.h>
#include "servers/dns_cache.h"

/* Reads in a row, before others may use the processor. */
#define READS_MAX	64

/* After that a question is sent again: the answer may have been lost. */
#define TWIN_TIME	HZ

static struct mprox_ask *find_sent(struct mprox_resolver *resolver, u16 id)
{
	struct mprox_ask *ask;

	list_for_each_entry(ask, &resolver->sent, node)
		if (ask->id == id)
			return ask;
	return NULL;
}

static void move_to_sent(struct mprox_resolver *resolver, struct mprox_ask *ask)
{
	spin_lock_bh(&resolver->lock);
	list_move_tail(&ask->node, &resolver->sent);
	spin_unlock_bh(&resolver->lock);
}

/* What asks the same, and whose answer may still be on its way. */
static struct mprox_ask *find_twin(struct mprox_resolver *resolver,
				   const struct mprox_ask *ask)
{
	struct mprox_ask *twin;

	list_for_each_entry(twin, &resolver->sent, node)
		if (time_before(jiffies, twin->sent_at + TWIN_TIME) &&
		    mprox_dns_asks_same(&twin->q, &ask->q))
			return twin;
	return NULL;
}

/* @ask goes into @out, or shares the id of what has gone there. */
static void put_question(struct mprox_resolver *resolver, struct mprox_ask *ask)
{
	const struct mprox_ask *twin = find_twin(resolver, ask);
	size_t len;

	if (twin) {
		ask->id = twin->id;
		ask->sent_at = twin->sent_at;
		move_to_sent(resolver, ask);
		return;
	}
	do {
		ask->id = get_random_u16();
	} while (find_sent(resolver, ask->id));
	len = mprox_dns_ask(resolver->out, sizeof(resolver->out), &ask->q,
			    ask->id);
	/* Nothing that anybody could be asked. */
	if (!len) {
		mprox_resolver_finish(resolver, ask, 0);
		return;
	}
	resolver->out_at = 0;
	resolver->out_len = len;
	ask->sent_at = jiffies;
	move_to_sent(resolver, ask);
}

/* -EAGAIN: the rest of @out has to wait, until the server has read. */
static int push(struct mprox_resolver *resolver)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec;
	int sent;

	while (resolver->out_at < resolver->out_len) {
		vec.iov_base = resolver->out + resolver->out_at;
		vec.iov_len = resolver->out_len - resolver->out_at;
		sent = kernel_sendmsg(resolver->own.sock, &msg, &vec, 1,
				      vec.iov_len);
		if (sent <= 0)
			return sent == -EAGAIN ? -EAGAIN : -EPIPE;
		resolver->out_at += sent;
		resolver->used_at = jiffies;
	}
	return 0;
}

int mprox_resolver_send(struct mprox_resolver *resolver)
{
	struct mprox_ask *ask;
	int err;

	for (;;) {
		err = push(resolver);
		/* What it says, or the next tick, brings us back here. */
		if (err)
			return err == -EAGAIN ? 0 : err;
		ask = mprox_resolver_waiting(resolver);
		if (!ask)
			return 0;
		put_question(resolver, ask);
	}
}

static void take_answer(struct mprox_resolver *resolver, const u8 *msg, u32 len)
{
	struct mprox_dns_response r;
	struct mprox_ask *ask, *next;
	bool bad;
	u16 id;

	if (len < 2)
		return;
	id = msg[0] << 8 | msg[1];
	ask = find_sent(resolver, id);
	/* Too late, or never asked. */
	if (!ask)
		return;
	resolver->useful = true;
	bad = mprox_dns_response_read(&r, msg, len, &ask->q, id);
	if (!bad)
		mprox_dns_cache_put(resolver->cache, &ask->q, &r, msg);
	list_for_each_entry_safe(ask, next, &resolver->sent, node)
		if (ask->id == id)
			mprox_resolver_finish(resolver, ask, bad ? 0 :
				mprox_dns_response_write(resolver->answer,
					sizeof(resolver->answer), &r, msg,
					&ask->q, ask->query, 0, ask->limit));
}

static void drop_in(struct mprox_resolver *resolver, u32 len)
{
	resolver->in_len -= len;
	memmove(resolver->in, resolver->in + len, resolver->in_len);
}

static void take_answers(struct mprox_resolver *resolver)
{
	u32 len, looked_at;

	for (;;) {
		len = min(resolver->skip, resolver->in_len);
		resolver->skip -= len;
		drop_in(resolver, len);
		if (resolver->in_len < PREFIX)
			return;
		len = resolver->in[0] << 8 | resolver->in[1];
		looked_at = min_t(u32, len, MESSAGE_MAX);
		if (resolver->in_len < PREFIX + looked_at)
			return;
		take_answer(resolver, resolver->in + PREFIX, looked_at);
		drop_in(resolver, PREFIX + looked_at);
		resolver->skip = len - looked_at;
	}
}

int mprox_resolver_receive(struct mprox_resolver *resolver)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	struct kvec vec;
	int got, i;

	for (i = 0; i < READS_MAX; i++) {
		vec.iov_base = resolver->in + resolver->in_len;
		vec.iov_len = sizeof(resolver->in) - resolver->in_len;
		got = kernel_recvmsg(resolver->own.sock, &msg, &vec, 1,
				     vec.iov_len, MSG_DONTWAIT);
		if (got == -EAGAIN)
			return 0;
		if (got <= 0)
			return -EPIPE;
		resolver->in_len += got;
		resolver->used_at = jiffies;
		resolver->heard_at = jiffies;
		take_answers(resolver);
	}
	/* There is more, after the others. */
	resolver->own.kick(&resolver->own);
	return 0;
}
