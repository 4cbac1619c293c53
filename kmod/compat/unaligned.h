/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only folder that knows kernel versions. The code is written for the
 * newest API; what an older kernel lacks is made up for here.
 */
#ifndef MPROX_COMPAT_UNALIGNED_H
#define MPROX_COMPAT_UNALIGNED_H

#include <linux/version.h>

/* 6.12 moved the header out of asm. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

#endif
