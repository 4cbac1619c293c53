// SPDX-License-Identifier: GPL-2.0
/* Orders what the module is made of: the device comes last and goes first. */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include "door/device.h"
#include "door/life.h"
#include "door/stats.h"
#include "family/translation.h"
#include "gate/arm.h"
#include "gate/lead.h"
#include "kunit/suites.h"
#include "listen/dns_conn.h"
#include "listen/dns_tcp.h"
#include "scope/member.h"
#include "scope/net.h"
#include "scope/scope.h"
#include "servers/known.h"
#include "servers/probe.h"
#include "stack/hash.h"
#include "stack/netdev.h"
#include "tcp/aim.h"
#include "tcp/flow.h"
#include "udp/assoc.h"
#include "version.h"

struct workqueue_struct *mprox_wq;

/*
 * What each room has of a namespace. A namespace that goes is left in the reverse
 * order: first its contexts end, then the hooks, then what both have used.
 */
static int __init mprox_namespaces_init(void)
{
	int err;

	err = mprox_netdev_init();
	if (err)
		return err;
	err = mprox_net_init();
	if (err)
		goto err_netdev;
	err = mprox_known_init();
	if (err)
		goto err_net;
	err = mprox_dns_server_init();
	if (err)
		goto err_known;
	err = mprox_arm_init();
	if (err)
		goto err_dns_server;
	err = mprox_life_init();
	if (err)
		goto err_arm;
	return 0;

err_arm:
	mprox_arm_exit();
err_dns_server:
	mprox_dns_server_exit();
err_known:
	mprox_known_exit();
err_net:
	mprox_net_exit();
err_netdev:
	mprox_netdev_exit();
	return err;
}

static void mprox_namespaces_exit(void)
{
	mprox_life_exit();
	mprox_arm_exit();
	mprox_dns_server_exit();
	mprox_known_exit();
	mprox_net_exit();
	mprox_netdev_exit();
}

static int __init mprox_init(void)
{
	int err;

	mprox_wq = alloc_workqueue("mutex_proxy", WQ_UNBOUND, 0);
	if (!mprox_wq)
		return -ENOMEM;
	err = mprox_hash_init();
	if (err)
		goto err_wq;
	err = mprox_flow_init();
	if (err)
		goto err_hash;
	err = mprox_translation_init();
	if (err)
		goto err_flow;
	err = mprox_assoc_init();
	if (err)
		goto err_translation;
	err = mprox_dns_conn_init();
	if (err)
		goto err_assoc;
	err = mprox_members_init();
	if (err)
		goto err_dns;
	err = mprox_namespaces_init();
	if (err)
		goto err_members;
	err = mprox_flow_watch();
	if (err)
		goto err_namespaces;
	err = mprox_scope_init();
	if (err)
		goto err_watch;
	err = mprox_stats_init();
	if (err)
		goto err_scope;
	err = mprox_aim_init();
	if (err)
		goto err_stats;
	err = mprox_lead_init();
	if (err)
		goto err_stats;
	err = mprox_device_init();
	if (err)
		goto err_lead;
	mprox_kunit_run();
	return 0;

err_lead:
	mprox_lead_exit();
err_stats:
	mprox_stats_exit();
err_scope:
	mprox_scope_exit();
err_watch:
	mprox_flow_unwatch();
err_namespaces:
	mprox_namespaces_exit();
err_members:
	mprox_members_exit();
err_dns:
	mprox_dns_conn_exit();
err_assoc:
	mprox_assoc_exit();
err_translation:
	mprox_translation_exit();
err_flow:
	mprox_flow_exit();
err_hash:
	mprox_hash_exit();
err_wq:
	destroy_workqueue(mprox_wq);
	return err;
}

/*
 * Every context pins the module while it has a descriptor or a member, so
 * there is no scope left when we come here, and with the device gone there
 * will be none: no connect() begins a handshake any more. Connections that have
 * outlived their scope go on without us; those in handshake are ended.
 */
static void __exit mprox_exit(void)
{
	mprox_kunit_end();
	mprox_device_exit();
	mprox_probe_exit();
	mprox_stats_exit();
	mprox_assoc_exit();
	mprox_lead_exit();
	mprox_flow_abort_all();
	mprox_scope_exit();
	mprox_flow_unwatch();
	mprox_flow_drain();
	mprox_namespaces_exit();
	mprox_members_exit();
	mprox_dns_conn_exit();
	mprox_translation_exit();
	mprox_flow_exit();
	mprox_hash_exit();
	destroy_workqueue(mprox_wq);
}

module_init(mprox_init);
module_exit(mprox_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The MUTEX developers");
MODULE_VERSION(MPROX_VERSION);
MODULE_DESCRIPTION("Carries the connections of unmodified programs through a proxy");
