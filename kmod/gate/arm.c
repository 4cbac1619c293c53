// SPDX-License-Identifier: GPL-2.0
#include "gate/arm.h"

#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "gate/hooks.h"
#include "listen/dns_tcp.h"

/**
 * struct arm_net - per namespace
 * @lock:	process context: arming and disarming
 * @users:	contexts that need the hooks, under @lock; while there are any, the
 *		server for queries over TCP answers
 * @stray_lock:	process context, within a socket's lock, which @lock is not
 * @strays:	@stray_ops are registered; written under @stray_lock
 */
struct arm_net {
	struct mutex lock;
	u32 users;
	struct mutex stray_lock;
	bool strays;
};

static unsigned int arm_net_id __read_mostly;

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

/* Where a connection has been let through because it stays on the machine. */
static const struct nf_hook_ops stray_ops[] = {
	{
		.hook = mprox_hook_stray,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_NAT_DST + 1,
	}, {
		.hook = mprox_hook_stray,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_NAT_DST + 1,
	},
};

int mprox_arm_strays(struct net *net)
{
	struct arm_net *an = net_generic(net, arm_net_id);
	int err = 0;

	if (READ_ONCE(an->strays))
		return 0;
	mutex_lock(&an->stray_lock);
	if (!an->strays) {
		err = nf_register_net_hooks(net, stray_ops, ARRAY_SIZE(stray_ops));
		WRITE_ONCE(an->strays, !err);
	}
	mutex_unlock(&an->stray_lock);
	return err;
}

static void arm_forget_strays(struct net *net, struct arm_net *an)
{
	mutex_lock(&an->stray_lock);
	if (an->strays)
		nf_unregister_net_hooks(net, stray_ops, ARRAY_SIZE(stray_ops));
	WRITE_ONCE(an->strays, false);
	mutex_unlock(&an->stray_lock);
}

static int arm_register_all(struct net *net)
{
	int err;

	err = mprox_dns_server_start(net);
	if (err)
		return err;
	err = nf_register_net_hooks(net, flow_ops, ARRAY_SIZE(flow_ops));
	if (err)
		mprox_dns_server_stop(net);
	return err;
}

int mprox_arm(struct net *net)
{
	struct arm_net *an = net_generic(net, arm_net_id);
	int err = 0;

	mutex_lock(&an->lock);
	if (!an->users)
		err = arm_register_all(net);
	if (!err)
		an->users++;
	mutex_unlock(&an->lock);
	return err;
}

void mprox_disarm(struct net *net)
{
	struct arm_net *an = net_generic(net, arm_net_id);

	mutex_lock(&an->lock);
	if (!--an->users) {
		nf_unregister_net_hooks(net, flow_ops, ARRAY_SIZE(flow_ops));
		arm_forget_strays(net, an);
		mprox_dns_server_stop(net);
	}
	mutex_unlock(&an->lock);
}

void mprox_arm_end_clients(struct net *net)
{
	struct arm_net *an = net_generic(net, arm_net_id);

	mutex_lock(&an->lock);
	mprox_dns_server_stop(net);
	mutex_unlock(&an->lock);
}

static int __net_init arm_net_init(struct net *net)
{
	struct arm_net *an = net_generic(net, arm_net_id);

	mutex_init(&an->lock);
	mutex_init(&an->stray_lock);
	return nf_register_net_hooks(net, out_ops, ARRAY_SIZE(out_ops));
}

static void __net_exit arm_net_exit(struct net *net)
{
	arm_forget_strays(net, net_generic(net, arm_net_id));
	nf_unregister_net_hooks(net, out_ops, ARRAY_SIZE(out_ops));
}

static struct pernet_operations arm_net_ops = {
	.init = arm_net_init,
	.exit = arm_net_exit,
	.id = &arm_net_id,
	.size = sizeof(struct arm_net),
};

int mprox_arm_init(void)
{
	return register_pernet_subsys(&arm_net_ops);
}

void mprox_arm_exit(void)
{
	unregister_pernet_subsys(&arm_net_ops);
}
