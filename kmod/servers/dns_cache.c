// SPDX-License-Identifier: GPL-2.0
#include "servers/dns_cache.h"

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

/* What one resolver can pin. What was asked for least recently goes first. */
#define ENTRIES_MAX	2048
#define OCTETS_MAX	(512 * 1024)
#define BUCKETS		512

/* All that an answer depends on, but for the name. */
struct key {
	u16 type;
	bool dnssec_ok;
	bool unchecked;
};

/**
 * struct entry - an answer
 * @node:	in its bucket
 * @lru:	in cache->lru
 * @key:	with the name, what it answers
 * @name_len:	octets of the name
 * @until:	jiffies
 * @stored:	jiffies
 * @r:		what was kept of the message
 * @octets:	the name, and behind it what was kept
 */
struct entry {
	struct hlist_node node;
	struct list_head lru;
	struct key key;
	u8 name_len;
	unsigned long until;
	unsigned long stored;
	struct mprox_dns_response r;
	u8 octets[];
};

/**
 * struct mprox_dns_cache - what one resolver has said
 * @lock:	BH safe, innermost; protects all of this
 * @seed:	of the hash: who asks for names chooses them
 * @lru:	struct entry, least recently asked for first
 * @count:	of all entries
 * @octets:	of all entries, with their names
 * @buckets:	the same entries by name
 */
struct mprox_dns_cache {
	spinlock_t lock;
	siphash_key_t seed;
	struct list_head lru;
	u32 count;
	u32 octets;
	struct hlist_head buckets[BUCKETS];
};

struct mprox_dns_cache *mprox_dns_cache_alloc(void)
{
	struct mprox_dns_cache *cache;

	cache = kzalloc(sizeof(*cache), GFP_KERNEL_ACCOUNT);
	if (!cache)
		return NULL;
	spin_lock_init(&cache->lock);
	get_random_bytes(&cache->seed, sizeof(cache->seed));
	INIT_LIST_HEAD(&cache->lru);
	return cache;
}

void mprox_dns_cache_free(struct mprox_dns_cache *cache)
{
	struct entry *entry, *next;

	list_for_each_entry_safe(entry, next, &cache->lru, lru)
		kfree(entry);
	kfree(cache);
}

static struct hlist_head *dns_cache_bucket_of(struct mprox_dns_cache *cache,
					      const struct mprox_dns_query *q)
{
	return &cache->buckets[siphash(q->name, q->name_len, &cache->seed) %
			       BUCKETS];
}

static struct key key_of(const struct mprox_dns_query *q)
{
	return (struct key) {
		.type = q->type,
		.dnssec_ok = q->dnssec_ok,
		.unchecked = q->flags & MPROX_DNS_CD,
	};
}

static u32 size_of(const struct entry *entry)
{
	return entry->name_len + entry->r.kept;
}

static void dns_cache_forget(struct mprox_dns_cache *cache, struct entry *entry)
{
	lockdep_assert_held(&cache->lock);
	list_del(&entry->lru);
	hlist_del(&entry->node);
	cache->count--;
	cache->octets -= size_of(entry);
	kfree(entry);
}

/* What has grown old is forgotten when somebody comes by. */
static struct entry *dns_cache_find(struct mprox_dns_cache *cache,
				    const struct mprox_dns_query *q)
{
	struct key key = key_of(q);
	struct entry *entry;

	lockdep_assert_held(&cache->lock);
	hlist_for_each_entry(entry, dns_cache_bucket_of(cache, q), node) {
		if (entry->key.type != key.type ||
		    entry->key.dnssec_ok != key.dnssec_ok ||
		    entry->key.unchecked != key.unchecked ||
		    entry->name_len != q->name_len ||
		    memcmp(entry->octets, q->name, q->name_len))
			continue;
		if (time_before(jiffies, entry->until))
			return entry;
		dns_cache_forget(cache, entry);
		return NULL;
	}
	return NULL;
}

size_t mprox_dns_cache_get(struct mprox_dns_cache *cache, u8 *to, size_t size,
			   const struct mprox_dns_query *q, const u8 *query,
			   size_t limit)
{
	struct entry *entry;
	size_t len = 0;

	spin_lock_bh(&cache->lock);
	entry = dns_cache_find(cache, q);
	if (entry) {
		list_move_tail(&entry->lru, &cache->lru);
		len = mprox_dns_response_write(to, size, &entry->r,
					       entry->octets + entry->name_len,
					       q, query,
					       (jiffies - entry->stored) / HZ,
					       limit);
	}
	spin_unlock_bh(&cache->lock);
	return len;
}

static struct entry *make_entry(const struct mprox_dns_query *q,
				const struct mprox_dns_response *r,
				const u8 *msg)
{
	struct entry *entry;

	entry = kmalloc(struct_size(entry, octets, q->name_len + r->kept),
			GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	if (!entry)
		return NULL;
	entry->key = key_of(q);
	entry->name_len = q->name_len;
	entry->stored = jiffies;
	entry->until = entry->stored + (unsigned long)r->ttl * HZ;
	entry->r = *r;
	memcpy(entry->octets, q->name, q->name_len);
	memcpy(entry->octets + q->name_len, msg, r->kept);
	return entry;
}

void mprox_dns_cache_put(struct mprox_dns_cache *cache,
			 const struct mprox_dns_query *q,
			 const struct mprox_dns_response *r, const u8 *msg)
{
	struct entry *entry, *old;

	/* One that is as large as many others is not worth them. */
	if (!r->ttl || r->kept > OCTETS_MAX / 16)
		return;
	entry = make_entry(q, r, msg);
	if (!entry)
		return;
	spin_lock_bh(&cache->lock);
	old = dns_cache_find(cache, q);
	if (old)
		dns_cache_forget(cache, old);
	while (cache->count >= ENTRIES_MAX ||
	       cache->octets + size_of(entry) > OCTETS_MAX)
		dns_cache_forget(cache, list_first_entry(&cache->lru, struct entry, lru));
	list_add_tail(&entry->lru, &cache->lru);
	hlist_add_head(&entry->node, dns_cache_bucket_of(cache, q));
	cache->count++;
	cache->octets += size_of(entry);
	spin_unlock_bh(&cache->lock);
}

u32 mprox_dns_cache_count(const struct mprox_dns_cache *cache)
{
	return READ_ONCE(cache->count);
}
