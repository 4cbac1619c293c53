// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "stack/tracepoints.h"

static void match_tracepoint(struct tracepoint *tp, void *priv)
{
	struct mprox_tracepoint *point = priv;

	if (!strcmp(tp->name, point->name))
		point->tp = tp;
}

static int register_one(struct mprox_tracepoint *point)
{
	for_each_kernel_tracepoint(match_tracepoint, point);
	return point->tp ? tracepoint_probe_register(point->tp, point->fn, NULL) :
			   -ENOENT;
}

void mprox_tracepoints_unregister(struct mprox_tracepoint *points, size_t nr)
{
	while (nr--)
		tracepoint_probe_unregister(points[nr].tp, points[nr].fn, NULL);
	tracepoint_synchronize_unregister();
}

int mprox_tracepoints_register(struct mprox_tracepoint *points, size_t nr)
{
	size_t i;
	int err;

	for (i = 0; i < nr; i++) {
		err = register_one(&points[i]);
		if (err) {
			pr_err("tracepoint %s: %d\n", points[i].name, err);
			mprox_tracepoints_unregister(points, i);
			return err;
		}
	}
	return 0;
}
