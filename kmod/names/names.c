// SPDX-License-Identifier: GPL-2.0
/*
 * A name has an index, and an index stands for an address of either family. An
 * index is used anew only for a name whose own has been forgotten, and that one
 * is the name that was asked for longest ago and has no connection.
 */
#include "names/names.h"

#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

static u32 hash_text(const void *data, u32 len, u32 seed)
{
	const struct mprox_name_text *key = data;

	return jhash(key->text, key->len, seed);
}

static u32 hash_name(const void *data, u32 len, u32 seed)
{
	const struct mprox_name *name = data;

	return jhash(name->text, name->len, seed);
}

static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct mprox_name_text *key = arg->key;
	const struct mprox_name *name = obj;

	return name->len != key->len || memcmp(name->text, key->text, key->len);
}

static const struct rhashtable_params name_params = {
	.head_offset = offsetof(struct mprox_name, node),
	.key_len = sizeof(struct mprox_name_text),
	.hashfn = hash_text,
	.obj_hashfn = hash_name,
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

struct mprox_names *mprox_names_alloc(void)
{
	struct mprox_names *names;

	names = kzalloc(sizeof(*names), GFP_KERNEL_ACCOUNT);
	if (!names)
		return NULL;
	if (rhashtable_init(&names->by_name, &name_params)) {
		kfree(names);
		return NULL;
	}
	spin_lock_init(&names->lock);
	xa_init(&names->by_index);
	INIT_LIST_HEAD(&names->idle);
	return names;
}

static void free_name(void *name, void *arg)
{
	kfree(name);
}

void mprox_names_free(struct mprox_names *names)
{
	if (!names)
		return;
	rhashtable_free_and_destroy(&names->by_name, free_name, NULL);
	xa_destroy(&names->by_index);
	kfree(names);
}

static void names_forget(struct mprox_names *names, struct mprox_name *name)
{
	list_del(&name->idle);
	rhashtable_remove_fast(&names->by_name, &name->node, name_params);
	xa_erase(&names->by_index, name->index);
	kfree_rcu(name, rcu);
}

/*
 * The name that has to go for a new one, still in place; NULL: each has a connection.
 * On the way, what lies beyond a range that has become smaller goes, as that is of no
 * use to anybody.
 */
static struct mprox_name *name_victim(struct mprox_names *names, u32 capacity)
{
	struct mprox_name *name;

	for (;;) {
		name = list_first_entry_or_null(&names->idle, struct mprox_name,
						idle);
		if (!name || name->index < capacity)
			return name;
		names_forget(names, name);
	}
}

/* Its index is the new name's already. */
static void name_drop_victim(struct mprox_names *names, struct mprox_name *name)
{
	list_del(&name->idle);
	rhashtable_remove_fast(&names->by_name, &name->node, name_params);
	kfree_rcu(name, rcu);
}

/*
 * The index comes from @victim, which makes room once nothing can fail any more, or
 * is the next that nobody has had: so none is lost where memory lacks.
 */
static bool name_insert(struct mprox_names *names, struct mprox_name *name,
			struct mprox_name *victim)
{
	name->index = victim ? victim->index : names->count;
	if (rhashtable_insert_fast(&names->by_name, &name->node, name_params))
		return false;
	/* No memory is asked for where another pointer takes a place. */
	if (xa_err(xa_store(&names->by_index, name->index, name, GFP_ATOMIC))) {
		rhashtable_remove_fast(&names->by_name, &name->node,
				       name_params);
		return false;
	}
	if (victim)
		name_drop_victim(names, victim);
	else
		names->count++;
	list_add_tail(&name->idle, &names->idle);
	return true;
}

static struct mprox_name *names_add(struct mprox_names *names, const u8 *text, u8 len,
				    u32 capacity)
{
	struct mprox_name *name, *victim = NULL;

	if (names->count >= capacity) {
		victim = name_victim(names, capacity);
		if (!victim)
			return NULL;
	}
	name = kmalloc(struct_size(name, text, len),
		       GFP_ATOMIC | __GFP_ACCOUNT);
	if (!name)
		return NULL;
	name->users = 0;
	name->len = len;
	memcpy(name->text, text, len);
	if (name_insert(names, name, victim))
		return name;
	/* The table's own work may be looking at it still. */
	kfree_rcu(name, rcu);
	return NULL;
}

int mprox_names_put(struct mprox_names *names, const u8 *text, u8 len,
		    u32 capacity)
{
	const struct mprox_name_text key = { .text = text, .len = len };
	struct mprox_name *name;
	int index = -ENOSPC;

	spin_lock_bh(&names->lock);
	name = rhashtable_lookup_fast(&names->by_name, &key, name_params);
	if (name && name->index >= capacity && !name->users) {
		/* The range has become smaller. */
		names_forget(names, name);
		name = NULL;
	}
	if (!name)
		name = names_add(names, text, len, capacity);
	else if (!name->users)
		list_move_tail(&name->idle, &names->idle);
	if (name && name->index < capacity)
		index = name->index;
	spin_unlock_bh(&names->lock);
	return index;
}

/* names->lock held. */
static struct mprox_name *names_find(struct mprox_names *names,
				     const struct mprox_dns *dns,
				     const struct mprox_addr *addr)
{
	int index = mprox_name_index(dns, addr);

	return index < 0 ? NULL : xa_load(&names->by_index, index);
}

struct mprox_name *mprox_names_hold(struct mprox_names *names,
				    const struct mprox_dns *dns,
				    const struct mprox_addr *addr)
{
	struct mprox_name *name;

	spin_lock_bh(&names->lock);
	name = names_find(names, dns, addr);
	if (name && !name->users++)
		list_del(&name->idle);
	spin_unlock_bh(&names->lock);
	return name;
}

void mprox_names_release(struct mprox_names *names, struct mprox_name *name)
{
	spin_lock_bh(&names->lock);
	if (!--name->users)
		list_add_tail(&name->idle, &names->idle);
	spin_unlock_bh(&names->lock);
}

u8 mprox_names_text(struct mprox_names *names, const struct mprox_dns *dns,
		    const struct mprox_addr *addr, u8 *text)
{
	struct mprox_name *name;
	u8 len = 0;

	spin_lock_bh(&names->lock);
	name = names_find(names, dns, addr);
	if (name) {
		len = name->len;
		memcpy(text, name->text, len);
	}
	spin_unlock_bh(&names->lock);
	return len;
}
