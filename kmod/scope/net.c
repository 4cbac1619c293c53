// SPDX-License-Identifier: GPL-2.0
#include "scope/net.h"

#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "scope/kernel_sock.h"

static unsigned int mprox_net_id __read_mostly;

/* Protects every mn->globals against other writers. Any context. */
static DEFINE_SPINLOCK(globals_lock);

struct mprox_net *mprox_net(const struct net *net)
{
	return net_generic(net, mprox_net_id);
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
	INIT_LIST_HEAD(&mprox_net(net)->globals);
	return 0;
}

static void __net_exit net_exit(struct net *net)
{
	mprox_kernel_peers_exit_net(net);
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
