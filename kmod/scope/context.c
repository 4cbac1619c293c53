// SPDX-License-Identifier: GPL-2.0
#include "scope/context.h"

#include <linux/xarray.h>
#include "report/trace.h"
#include "scope/net.h"

atomic_t mprox_nr_enabled = ATOMIC_INIT(0);
atomic_t mprox_nr_contexts = ATOMIC_INIT(0);

/*
 * All contexts that have memory, by number. The mutex is taken in process context
 * by who adds and removes, and by who walks.
 */
static DEFINE_MUTEX(ctx_mutex);
static DEFINE_XARRAY_ALLOC1(ctx_registry);
static u32 ctx_last_id;
static u64 ctx_last_born;

void mprox_ctx_put(struct mprox_ctx *ctx)
{
	if (refcount_dec_and_test(&ctx->refs))
		queue_work(mprox_wq, &ctx->free_work);
}

void mprox_count_refused(struct mprox_ctx *ctx, enum mprox_refused kind)
{
	mprox_tally_one(&ctx->tally, MPROX_COUNT_REFUSED + kind);
	trace_mprox_refused(ctx->id, kind);
}

int mprox_ctx_reserve(struct mprox_ctx *ctx)
{
	int err;

	mutex_lock(&ctx_mutex);
	err = xa_alloc_cyclic(&ctx_registry, &ctx->id, NULL, xa_limit_31b,
			      &ctx_last_id, GFP_KERNEL_ACCOUNT);
	ctx->born = ++ctx_last_born;
	mutex_unlock(&ctx_mutex);
	return err < 0 ? err : 0;
}

void mprox_ctx_publish(struct mprox_ctx *ctx)
{
	mutex_lock(&ctx_mutex);
	xa_store(&ctx_registry, ctx->id, ctx, GFP_KERNEL);
	mutex_unlock(&ctx_mutex);
}

/* What a context has counted is its namespace's from now on. */
static void ctx_bequeath(const struct mprox_ctx *ctx)
{
	const struct mprox_counters *ended = &ctx->flows.ended;
	struct mprox_net *mn = mprox_net(ctx->net);
	struct mprox_tally *sum = &mn->ended;

	mprox_tally_sum(sum, &ctx->tally);
	mprox_tally_add(sum, MPROX_COUNT_OPENED, atomic64_read(&ctx->flows.total));
	mprox_tally_add(sum, MPROX_COUNT_BYTES_SENT, ended->bytes_sent);
	mprox_tally_add(sum, MPROX_COUNT_BYTES_RECEIVED, ended->bytes_received);
	mprox_tally_add(sum, MPROX_COUNT_PACKETS_SENT, ended->packets_sent);
	mprox_tally_add(sum, MPROX_COUNT_PACKETS_RECEIVED, ended->packets_received);
	/* Whoever sees the sums without their number sees another number afterwards. */
	smp_mb__before_atomic();
	atomic_inc(&mn->nr_ended);
}

void mprox_ctx_unlist(struct mprox_ctx *ctx)
{
	mutex_lock(&ctx_mutex);
	xa_erase(&ctx_registry, ctx->id);
	ctx_bequeath(ctx);
	mutex_unlock(&ctx_mutex);
}

void mprox_ctx_end_work(struct work_struct *work)
{
	struct mprox_ctx *ctx = container_of(work, struct mprox_ctx, end_work);

	ctx->end_of_users(ctx);
}

void mprox_ctx_put_user(struct mprox_ctx *ctx)
{
	if (refcount_dec_and_test(&ctx->users))
		ctx->end_of_users(ctx);
}

/*
 * The last user may be a process that exits, seen from a tracepoint: there the
 * locks of PREEMPT_RT must not be waited for. Others need not wait for a work.
 */
void mprox_ctx_put_user_atomic(struct mprox_ctx *ctx)
{
	if (!refcount_dec_and_test(&ctx->users))
		return;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		queue_work(mprox_wq, &ctx->end_work);
	else
		ctx->end_of_users(ctx);
}

struct mprox_ctx *mprox_ctx_next(const struct net *net, struct mprox_ctx *ctx)
{
	unsigned long id = ctx ? ctx->id + 1 : 0;
	struct mprox_ctx *next;

	mutex_lock(&ctx_mutex);
	xa_for_each_start(&ctx_registry, id, next, id)
		if (next->net == net && refcount_inc_not_zero(&next->refs))
			break;
	mutex_unlock(&ctx_mutex);
	if (ctx)
		mprox_ctx_put(ctx);
	return next;
}

void mprox_ctx_for_each(void (*fn)(struct mprox_ctx *ctx, void *arg), void *arg)
{
	struct mprox_ctx *ctx;
	unsigned long id;

	mutex_lock(&ctx_mutex);
	xa_for_each(&ctx_registry, id, ctx)
		fn(ctx, arg);
	mutex_unlock(&ctx_mutex);
}

struct mprox_ctx *mprox_ctx_by_id(u32 id)
{
	struct mprox_ctx *ctx;

	mutex_lock(&ctx_mutex);
	ctx = xa_load(&ctx_registry, id);
	if (ctx && !refcount_inc_not_zero(&ctx->refs))
		ctx = NULL;
	mutex_unlock(&ctx_mutex);
	return ctx;
}
