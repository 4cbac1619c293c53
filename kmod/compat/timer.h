/* SPDX-License-Identifier: GPL-2.0 */
/* Linux 6.16 renamed from_timer(). */
#ifndef MPROX_COMPAT_TIMER_H
#define MPROX_COMPAT_TIMER_H

#include <linux/timer.h>

#ifndef timer_container_of
#define timer_container_of(var, timer, member) from_timer(var, timer, member)
#endif

#endif
