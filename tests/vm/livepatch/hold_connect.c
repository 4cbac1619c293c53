// SPDX-License-Identifier: GPL-2.0
/*
 * A live patch of one function, for the case livepatch: whoever calls that is told
 * ENOTUNIQ. All that the module redirects takes two pointers and an int.
 */
#include <linux/livepatch.h>
#include <linux/module.h>

static char *function = "tcp_v4_connect";
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "what is patched");

static int hold(void *self, void *address, int third)
{
	return -ENOTUNIQ;
}

static struct klp_func functions[] = {
	{ .new_func = hold },
	{ }
};

static struct klp_object objects[] = {
	{ .funcs = functions },
	{ }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static int __init hold_connect_init(void)
{
	functions[0].old_name = function;
	return klp_enable_patch(&patch);
}

/* Its sysfs entry has it disabled first. */
static void __exit hold_connect_exit(void)
{
}

module_init(hold_connect_init);
module_exit(hold_connect_exit);
MODULE_DESCRIPTION("A live patch, for a test");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
