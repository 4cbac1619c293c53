// SPDX-License-Identifier: GPL-2.0
#include "scope/net.h"

#include <linux/delay.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/proc_fs.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "family/translation.h"
#include "gate/hooks.h"
#include "scope/kernel_sock.h"
#include "servers/known.h"
#include "tcp/flow.h"

static unsigned int mprox_net_id __read_mostly;

/* Protects every mn->globals against other writers. Any context. */
static DEFINE_SPINLOCK(globals_lock);

/*
 * In every namespace, all the time the module is loaded: what leaves a process
 * of a scope. A member may move to a namespace that has no context of its own,
 * and must not find a way out there. Before everybody else, so that nobody sees the
 * program's own sequence numbers, and whatever rules do to a SYN they do to the one
 * that is for the proxy.
 */
static const struct nf_hook_ops out_ops[] = {
	{
		.hook = mprox_hook_out,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_FIRST,
	}, {
		.hook = mprox_hook_out,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_FIRST,
	},
};

/* Where a context is enabled, or flows of one live. */
static const struct nf_hook_ops flow_ops[] = {
	{
		.hook = mprox_hook_guard,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_NAT_DST + 1,
	}, {
		.hook = mprox_hook_guard,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_NAT_DST + 1,
	}, {
		.hook = mprox_hook_in,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_NAT_SRC + 1,
	}, {
		.hook = mprox_hook_in,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_NAT_SRC + 1,
	},
};

struct mprox_net *mprox_net(const struct net *net)
{
	return net_generic(net, mprox_net_id);
}

static int register_all(struct net *net)
{
	int err;

	err = mprox_dns_server_start(&mprox_net(net)->dns, net);
	if (err)
		return err;
	err = nf_register_net_hooks(net, flow_ops, ARRAY_SIZE(flow_ops));
	if (err)
		mprox_dns_server_stop(&mprox_net(net)->dns);
	return err;
}

int mprox_net_arm(struct net *net)
{
	struct mprox_net *mn = mprox_net(net);
	int err = 0;

	mutex_lock(&mn->lock);
	if (!mn->users)
		err = register_all(net);
	if (!err)
		mn->users++;
	mutex_unlock(&mn->lock);
	return err;
}

void mprox_net_disarm(struct net *net)
{
	struct mprox_net *mn = mprox_net(net);

	mutex_lock(&mn->lock);
	if (!--mn->users) {
		nf_unregister_net_hooks(net, flow_ops, ARRAY_SIZE(flow_ops));
		mprox_dns_server_stop(&mn->dns);
	}
	mutex_unlock(&mn->lock);
}

void mprox_net_add_global(struct mprox_ctx *ctx)
{
	unsigned long irq;

	spin_lock_irqsave(&globals_lock, irq);
	list_add_rcu(&ctx->net_node, &mprox_net(ctx->net)->globals);
	spin_unlock_irqrestore(&globals_lock, irq);
}

/* Once per context; its memory stays for a grace period. */
void mprox_net_del_global(struct mprox_ctx *ctx)
{
	unsigned long irq;

	spin_lock_irqsave(&globals_lock, irq);
	list_del_rcu(&ctx->net_node);
	spin_unlock_irqrestore(&globals_lock, irq);
}

void mprox_net_for_each_global(const struct net *net,
			       void (*fn)(struct mprox_ctx *ctx, void *arg),
			       void *arg)
{
	struct mprox_ctx *ctx;

	list_for_each_entry_rcu(ctx, &mprox_net(net)->globals, net_node)
		fn(ctx, arg);
}

/* What is listed has a reference: of its users, or of its seal. */
struct mprox_ctx *mprox_net_get_global(const struct net *net)
{
	struct mprox_ctx *ctx;
	unsigned long irq;

	spin_lock_irqsave(&globals_lock, irq);
	ctx = list_first_entry_or_null(&mprox_net(net)->globals,
				       struct mprox_ctx, net_node);
	if (ctx)
		mprox_ctx_get(ctx);
	spin_unlock_irqrestore(&globals_lock, irq);
	return ctx;
}

static int __net_init net_init(struct net *net)
{
	struct mprox_net *mn = mprox_net(net);

	mutex_init(&mn->lock);
	INIT_LIST_HEAD(&mn->globals);
	mprox_known_init_net(net);
	return nf_register_net_hooks(net, out_ops, ARRAY_SIZE(out_ops));
}

/*
 * No socket of this namespace is left, so there is no handshake; no context
 * has a user, since users pin the namespace; what is sealed has nothing left to
 * refuse.
 */
static void __net_exit net_exit(struct net *net)
{
	struct mprox_net *mn = mprox_net(net);

	mprox_ctx_end_sealed(net);
	/* Its clients' contexts wait for their connections to end. */
	mutex_lock(&mn->lock);
	mprox_dns_server_stop(&mn->dns);
	mutex_unlock(&mn->lock);
	mprox_flow_purge(net);
	mprox_translation_purge(net);
	/*
	 * A timer, a question to a resolver or an association may hold the last
	 * reference of a context for some time yet, and its end needs us.
	 */
	while (atomic_read(&mn->contexts)) {
		msleep(20);
		flush_workqueue(mprox_wq);
	}
	mprox_kernel_peers_exit_net(net);
	mprox_known_exit_net(net);
	nf_unregister_net_hooks(net, out_ops, ARRAY_SIZE(out_ops));
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &mprox_net_id,
	.size = sizeof(struct mprox_net),
};

int mprox_net_init(void)
{
	return register_pernet_subsys(&net_ops);
}

void mprox_net_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
