// SPDX-License-Identifier: GPL-2.0
#include "servers/choose.h"

#include <linux/bitmap.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/uidgid.h>
#include "servers/known.h"

/* The servers that are in question, in the group's order. */
struct field {
	const struct mprox_group *group;
	DECLARE_BITMAP(in, MUTEX_PROXY_MAX_SERVERS);
	u32 weight;		/* of all of them */
	u32 nr;
};

static bool is_tried(const unsigned long *tried, u32 i)
{
	return tried && test_bit(i, tried);
}

static bool is_of_family(const struct mprox_group *group, u32 i, u32 family)
{
	return group->servers[i].at.family == family;
}

static void field_make(struct field *f, const struct mprox_group *group,
		       u32 family, const unsigned long *tried, bool failing)
{
	u32 i;

	memset(f, 0, sizeof(*f));
	f->group = group;
	for (i = 0; i < group->nr; i++) {
		const struct mprox_server *server = &group->servers[i];

		if (is_tried(tried, i) || !is_of_family(group, i, family) ||
		    mprox_known_is_failing(server->known) != failing)
			continue;
		__set_bit(i, f->in);
		f->weight += server->weight;
		f->nr++;
	}
}

/* The @n-th of the field, from 0. */
static int nth(const struct field *f, u32 n)
{
	u32 i;

	for (i = 0; i < f->group->nr; i++)
		if (test_bit(i, f->in) && !n--)
			return i;
	return -1;
}

/* The one that owns point @n when each has its weight on a line. */
static int at_weight(const struct field *f, u32 n)
{
	u32 i;

	for (i = 0; i < f->group->nr; i++) {
		if (!test_bit(i, f->in))
			continue;
		if (n < f->group->servers[i].weight)
			return i;
		n -= f->group->servers[i].weight;
	}
	return -1;
}

/* The one with the smallest cost; the first of equals. */
static int cheapest(const struct field *f,
		    u64 (*cost)(const struct mprox_server *server, u32 arg),
		    u32 arg)
{
	u64 best_cost = 0, c;
	int best = -1;
	u32 i;

	for (i = 0; i < f->group->nr; i++) {
		if (!test_bit(i, f->in))
			continue;
		c = cost(&f->group->servers[i], arg);
		if (best < 0 || c < best_cost) {
			best = i;
			best_cost = c;
		}
	}
	return best;
}

static u64 cost_conns(const struct mprox_server *server, u32 arg)
{
	return div_u64((u64)atomic_read(&server->known->conns) * 1000,
		       server->weight);
}

/* One that was never tried is worth a try: latency 0. */
static u64 cost_latency(const struct mprox_server *server, u32 arg)
{
	return READ_ONCE(server->known->latency);
}

/*
 * Rendezvous hashing: when a server fails, only its own connections move, and
 * back when it returns.
 */
static u64 cost_hash(const struct mprox_server *server, u32 arg)
{
	u64 id = server->known->id;

	return jhash_3words(lower_32_bits(id), upper_32_bits(id), arg, 0);
}

static u64 cost_pause(const struct mprox_server *server, u32 arg)
{
	long left = READ_ONCE(server->known->retry_at) - jiffies;

	return max(left, 0L);
}

static u32 hash_source(kuid_t uid)
{
	return jhash_1word(__kuid_val(uid), 0);
}

static u32 hash_destination(const struct in6_addr *to)
{
	return jhash2((__force const u32 *)to->s6_addr32, 4, 0);
}

static int among(const struct mprox_group *group, const struct field *f,
		 const struct in6_addr *to, kuid_t uid)
{
	switch (group->strategy) {
	case MUTEX_PROXY_STRATEGY_ROUND_ROBIN:
		return nth(f, (u32)atomic_inc_return(group->turn) % f->nr);
	case MUTEX_PROXY_STRATEGY_RANDOM:
		return at_weight(f, reciprocal_scale(get_random_u32(),
						     f->weight));
	case MUTEX_PROXY_STRATEGY_WEIGHTED:
		return at_weight(f, (u32)atomic_inc_return(group->turn) %
				    f->weight);
	case MUTEX_PROXY_STRATEGY_LEAST_CONN:
		return cheapest(f, cost_conns, 0);
	case MUTEX_PROXY_STRATEGY_HASH_SRC:
		return cheapest(f, cost_hash, hash_source(uid));
	case MUTEX_PROXY_STRATEGY_HASH_DST:
		return cheapest(f, cost_hash, hash_destination(to));
	case MUTEX_PROXY_STRATEGY_LATENCY:
		return cheapest(f, cost_latency, 0);
	default:
		return nth(f, 0);
	}
}

int mprox_choose(const struct mprox_group *group, u32 family,
		 const struct in6_addr *to, kuid_t uid,
		 const unsigned long *tried)
{
	struct field f;

	field_make(&f, group, family, tried, false);
	if (f.nr)
		return among(group, &f, to, uid);
	field_make(&f, group, family, tried, true);
	return f.nr ? cheapest(&f, cost_pause, 0) : -1;
}

u32 mprox_choose_count(const struct mprox_group *group, u32 family,
		       const unsigned long *tried)
{
	u32 i, nr = 0;

	for (i = 0; i < group->nr; i++)
		nr += !is_tried(tried, i) && is_of_family(group, i, family);
	return nr;
}

static bool choose_is_hopeful(const struct mprox_group *group, u32 family)
{
	struct field f;

	field_make(&f, group, family, NULL, false);
	return f.nr;
}

bool mprox_choose_prefers_other(const struct mprox_group *group, u32 family)
{
	u32 other = mprox_other_family(family);

	if (!mprox_choose_count(group, family, NULL))
		return mprox_choose_count(group, other, NULL);
	return !choose_is_hopeful(group, family) &&
	       choose_is_hopeful(group, other);
}
