/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions of the kernel that ours stand in front of: calls of them by anybody but this
 * module come to ours, which call the kernel's own.
 */
#ifndef MPROX_INTERCEPT_H
#define MPROX_INTERCEPT_H

#include <linux/ftrace.h>

/**
 * struct mprox_intercept - one function
 * @name:	as the log calls it
 * @own:	the kernel's
 * @ours:	of the same type. It begins with mprox_intercept_enter() and ends with
 *		mprox_intercept_leave(), and calls @own in between, never as its last
 *		call: then the return address would not be ours, and the call would come
 *		to ours again
 * @ops:	ftrace's
 */
struct mprox_intercept {
	const char *name;
	void *own;
	void *ours;
	struct ftrace_ops ops;
};

/*
 * All of them or none. Negative errno: then it is in the log what the kernel lacks.
 * Process context.
 */
int mprox_intercept_begin(struct mprox_intercept *functions, size_t nr);

/* Nobody is in one of ours any more when it returns. Process context. */
void mprox_intercept_end(struct mprox_intercept *functions, size_t nr);

/* Around what one of ours does. Process context, may sleep in between. */
void mprox_intercept_enter(void);
void mprox_intercept_leave(void);

#endif
