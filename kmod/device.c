// SPDX-License-Identifier: GPL-2.0
#include "device.h"

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <net/net_namespace.h>
#include <linux/mutex_proxy.h>
#include "scope.h"

#define CREATE_FLAGS	(MUTEX_PROXY_CLOEXEC | MUTEX_PROXY_NONBLOCK | \
			 MUTEX_PROXY_GLOBAL)

static bool unprivileged;
module_param(unprivileged, bool, 0644);
MODULE_PARM_DESC(unprivileged,
		 "let callers with no_new_privs make process and tree scopes");

/*
 * The rule of seccomp(2), for its reason: with no_new_privs set, no program
 * that gains privileges on exec can be captured.
 */
bool mprox_may_control(const struct net *net, bool *privileged)
{
	*privileged = ns_capable(net->user_ns, CAP_NET_ADMIN);
	return *privileged ||
	       (READ_ONCE(unprivileged) && task_no_new_privs(current));
}

static long create(unsigned long flags)
{
	struct net *net = current->nsproxy->net_ns;
	struct mprox_ctx *ctx;
	bool privileged;
	int err;

	if (flags & ~(unsigned long)CREATE_FLAGS)
		return -EINVAL;
	if (!mprox_may_control(net, &privileged) ||
	    (!privileged && flags & MUTEX_PROXY_GLOBAL))
		return -EPERM;
	ctx = mprox_ctx_create(net, flags, privileged);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	err = mprox_context_fd(ctx, flags);
	if (err < 0)
		mprox_ctx_put_user(ctx);
	return err;
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return cmd == MUTEX_PROXY_IOC_CREATE ? create(arg) : -ENOTTY;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mprox",
	.fops = &device_fops,
	.mode = 0660,
};

int mprox_device_init(void)
{
	return misc_register(&device);
}

void mprox_device_exit(void)
{
	misc_deregister(&device);
}
