// SPDX-License-Identifier: GPL-2.0
#include "door/device.h"

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>
#include <linux/mutex_proxy.h>
#include "door/handle.h"
#include "door/life.h"
#include "report/audit.h"
#include "scope/scope.h"

#define CREATE_FLAGS	(MUTEX_PROXY_CLOEXEC | MUTEX_PROXY_NONBLOCK | \
			 MUTEX_PROXY_GLOBAL)

static bool unprivileged;
module_param(unprivileged, bool, 0644);
MODULE_PARM_DESC(unprivileged,
		 "let callers with no_new_privs make process and tree scopes");

/*
 * A scope is of whole processes, and a thread that may still gain privileges by an
 * exec takes its process with it. The threads are all in the list that siglock
 * protects, and one that is being made copies the flag of its maker, or, if that has
 * set it meanwhile, is given it under the same lock (copy_seccomp()). Without
 * seccomp the kernel leaves that out.
 */
bool mprox_no_new_privs(void)
{
	struct task_struct *thread;
	bool all = true;

	spin_lock_irq(&current->sighand->siglock);
	if (!IS_ENABLED(CONFIG_SECCOMP) && !thread_group_empty(current))
		all = false;
	for_each_thread(current, thread)
		all &= task_no_new_privs(thread);
	spin_unlock_irq(&current->sighand->siglock);
	return all;
}

/*
 * The rule of seccomp(2), for its reason: with no_new_privs set, no program
 * that gains privileges on exec can be captured.
 */
bool mprox_may_control(const struct net *net, bool *privileged)
{
	*privileged = ns_capable(net->user_ns, CAP_NET_ADMIN);
	return *privileged ||
	       (READ_ONCE(unprivileged) && mprox_no_new_privs());
}

/* The number of what was made goes to *@id. */
static long control_make(unsigned long flags, u32 *id)
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
	*id = ctx->id;
	err = mprox_context_fd(ctx, flags);
	if (err < 0)
		mprox_ctx_put_user(ctx);
	return err;
}

static long control_create(unsigned long flags)
{
	u32 id = 0;
	long result = control_make(flags, &id);

	mprox_audit(flags & MUTEX_PROXY_GLOBAL ? "create-global" : "create", id, result);
	return result;
}

/* Those of one's own, and of the namespaces that one may administrate. */
static bool control_may_see(const struct mprox_ctx *ctx)
{
	return ns_capable_noaudit(ctx->net->user_ns, CAP_NET_ADMIN) ||
	       (!ctx->privileged && uid_eq(ctx->uid, current_euid()));
}

/**
 * struct control_listing - what LIST has found
 * @found:	an array
 * @room:	how many @found has room for
 * @nr:		how many there are
 * @mine:	only what holds the caller
 */
struct control_listing {
	struct mutex_proxy_context *found;
	u32 room;
	u32 nr;
	bool mine;
};

/* Whoever is held by a context may know that it is. */
static void control_list_one(struct mprox_ctx *ctx, void *arg)
{
	struct control_listing *list = arg;
	bool is_member = mprox_scope_holds_current(ctx);
	bool holds = is_member ||
		     (ctx->scope == MUTEX_PROXY_SCOPE_GLOBAL &&
		      ctx->net == current->nsproxy->net_ns);

	/* It is ending. */
	if (!refcount_read(&ctx->users) && !READ_ONCE(ctx->sealed))
		return;
	if (list->mine ? !holds : !is_member && !control_may_see(ctx))
		return;
	if (list->nr < list->room)
		mprox_ctx_info(ctx, &list->found[list->nr]);
	list->nr++;
}

static long control_fill_list(struct mutex_proxy_list *ul)
{
	struct control_listing list = {
		.room = ul->room,
		.mine = ul->flags & MUTEX_PROXY_LIST_MINE,
	};
	long err = 0;

	if (list.room) {
		list.found = kvcalloc(list.room, sizeof(*list.found),
				      GFP_KERNEL_ACCOUNT);
		if (!list.found)
			return -ENOMEM;
	}
	mprox_ctx_for_each(control_list_one, &list);
	if (copy_to_user(u64_to_user_ptr(ul->contexts), list.found,
			 min(list.nr, list.room) * sizeof(*list.found)))
		err = -EFAULT;
	ul->nr = list.nr;
	kvfree(list.found);
	return err;
}

static long control_list(void __user *arg)
{
	struct mutex_proxy_list ul;
	long err;

	if (copy_from_user(&ul, arg, sizeof(ul)))
		return -EFAULT;
	if (ul.flags & ~MUTEX_PROXY_LIST_MINE || ul.reserved || ul.nr ||
	    ul.context_size != sizeof(struct mutex_proxy_context) ||
	    ul.room > MPROX_MAX_CONTEXTS)
		return -EINVAL;
	err = control_fill_list(&ul);
	if (!err && copy_to_user(arg, &ul, sizeof(ul)))
		err = -EFAULT;
	return err;
}

/* Whoever may see it may end it, but for the members of a locked scope. */
static int control_end(struct mprox_ctx *ctx)
{
	int err = READ_ONCE(ctx->locked) && mprox_scope_holds_current(ctx) ? -EPERM : 0;

	if (!err)
		mprox_ctx_end(ctx);
	mprox_audit("end", ctx->id, err);
	return err;
}

/* ENOENT also for what the caller may not see. */
static int control_by_id(unsigned long id, int (*call)(struct mprox_ctx *ctx))
{
	struct mprox_ctx *ctx;
	int err;

	if (id > U32_MAX)
		return -EINVAL;
	ctx = mprox_ctx_by_id(id);
	if (!ctx)
		return -ENOENT;
	err = control_may_see(ctx) ? call(ctx) : -ENOENT;
	mprox_ctx_put(ctx);
	return err;
}

/* How much a namespace has sent through proxies is for who administrates it. */
static long control_statistics(unsigned long arg)
{
	const struct net *net = current->nsproxy->net_ns;

	return ns_capable(net->user_ns, CAP_NET_ADMIN) ?
	       mprox_statistics_call(NULL, net, arg) : -EPERM;
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MUTEX_PROXY_IOC_CREATE:
		return control_create(arg);
	case MUTEX_PROXY_IOC_LIST:
		return control_list((void __user *)arg);
	case MUTEX_PROXY_IOC_OPEN_ID:
		return control_by_id(arg, mprox_context_fd_by_id);
	case MUTEX_PROXY_IOC_END:
		return control_by_id(arg, control_end);
	default:
		break;
	}
	/* Whatever size the number holds. */
	return (cmd ^ MUTEX_PROXY_IOC_NET_STATISTICS) & ~IOCSIZE_MASK ?
		-ENOTTY : control_statistics(arg);
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
