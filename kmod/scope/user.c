// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "scope/user.h"

#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>

#define USER_BUCKETS_BITS	8

/*
 * An eighth of what the machine has, of contexts a sixty-fourth: a desktop has a
 * dozen of those, and a build farm's user some hundred.
 */
static const u32 user_max[MPROX_QUOTAS] = {
	[MPROX_QUOTA_CONTEXTS] = 1024,
	[MPROX_QUOTA_HANDSHAKES] = 8192,
	[MPROX_QUOTA_ASSOCS] = 2048,
	[MPROX_QUOTA_BINDS] = 512,
};

static const char * const user_quota_names[MPROX_QUOTAS] = {
	[MPROX_QUOTA_CONTEXTS] = "contexts",
	[MPROX_QUOTA_HANDSHAKES] = "connections in handshake",
	[MPROX_QUOTA_ASSOCS] = "UDP associations",
	[MPROX_QUOTA_BINDS] = "ports on a proxy",
};

static struct hlist_head user_table[1 << USER_BUCKETS_BITS];

/* Serialises changes of the table. Any context. */
static DEFINE_SPINLOCK(user_lock);

kuid_t mprox_owner_of(const struct cred *cred)
{
	const struct user_namespace *ns = cred->user_ns;

	if (ns == &init_user_ns)
		return cred->euid;
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	return ns->owner;
}

static struct hlist_head *user_bucket(kuid_t uid)
{
	return &user_table[hash_32(__kuid_val(uid), USER_BUCKETS_BITS)];
}

/* Under RCU or the lock. Referenced. */
static struct mprox_user *user_find(kuid_t uid)
{
	struct mprox_user *user;

	hlist_for_each_entry_rcu(user, user_bucket(uid), node,
				 lockdep_is_held(&user_lock))
		if (uid_eq(user->uid, uid) &&
		    refcount_inc_not_zero(&user->refs))
			return user;
	return NULL;
}

/* Another processor may have added the same user meanwhile: its record is taken. */
static struct mprox_user *user_add(kuid_t uid)
{
	struct mprox_user *mine, *user;
	unsigned long irq;

	mine = kzalloc(sizeof(*mine), GFP_ATOMIC | __GFP_ACCOUNT);
	if (!mine)
		return NULL;
	mine->uid = uid;
	refcount_set(&mine->refs, 1);
	spin_lock_irqsave(&user_lock, irq);
	user = user_find(uid);
	if (!user)
		hlist_add_head_rcu(&mine->node, user_bucket(uid));
	spin_unlock_irqrestore(&user_lock, irq);
	if (!user)
		return mine;
	kfree(mine);
	return user;
}

struct mprox_user *mprox_user_get(const struct cred *cred)
{
	kuid_t uid = mprox_owner_of(cred);
	struct mprox_user *user;

	rcu_read_lock();
	user = user_find(uid);
	rcu_read_unlock();
	return user ?: user_add(uid);
}

void mprox_user_put(struct mprox_user *user)
{
	unsigned long irq;

	if (!user || !refcount_dec_and_test(&user->refs))
		return;
	spin_lock_irqsave(&user_lock, irq);
	hlist_del_rcu(&user->node);
	spin_unlock_irqrestore(&user_lock, irq);
	kfree_rcu(user, rcu);
}

bool mprox_user_charge(struct mprox_user *user, enum mprox_quota what)
{
	u32 count = atomic_inc_return(&user->counts[what]);

	if (count <= user_max[what] || uid_eq(user->uid, GLOBAL_ROOT_UID))
		return true;
	atomic_dec(&user->counts[what]);
	pr_warn_ratelimited("user %u has %u of %s: no more\n",
			    from_kuid(&init_user_ns, user->uid), user_max[what],
			    user_quota_names[what]);
	return false;
}

void mprox_user_uncharge(struct mprox_user *user, enum mprox_quota what)
{
	atomic_dec(&user->counts[what]);
}

struct mprox_user *mprox_user_charge_current(enum mprox_quota what)
{
	struct mprox_user *user = mprox_user_get(current_cred());

	if (!user)
		return ERR_PTR(-ENOMEM);
	if (mprox_user_charge(user, what))
		return user;
	mprox_user_put(user);
	return ERR_PTR(-EDQUOT);
}

void mprox_user_release(struct mprox_user *user, enum mprox_quota what)
{
	if (!user)
		return;
	mprox_user_uncharge(user, what);
	mprox_user_put(user);
}

#ifdef CONFIG_KUNIT
#include "scope/user_test.c"
#endif
