/* SPDX-License-Identifier: GPL-2.0 */
/* What only the kernel's side can show, where the kernel has KUnit. */
#ifndef MPROX_KUNIT_SUITES_H
#define MPROX_KUNIT_SUITES_H

#ifdef CONFIG_KUNIT

#include <kunit/test.h>

extern struct kunit_suite mprox_flow_suite;
extern struct kunit_suite mprox_kernel_sock_suite;
extern struct kunit_suite mprox_member_suite;
extern struct kunit_suite mprox_user_suite;

struct mprox_ctx;
struct mprox_flow;

/* For the suites: a context of this machine; or ERR_PTR. */
struct mprox_ctx *mprox_kunit_context(void);
/* The handshake is over; the flow that was published goes, too. */
void mprox_kunit_end_handshake(struct mprox_flow *flow);
void mprox_kunit_forget(struct mprox_flow *flow, struct mprox_ctx *ctx);

/*
 * Process context, the module complete and nobody using it yet; does nothing
 * unless the module was loaded with kunit=1.
 */
void mprox_kunit_run(void);
void mprox_kunit_end(void);

#else

static inline void mprox_kunit_run(void)
{
}

static inline void mprox_kunit_end(void)
{
}

#endif

#endif
