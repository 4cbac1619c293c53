/* SPDX-License-Identifier: GPL-2.0 */
/* Linux 6.10 has a word for it, and so have updates of older ones. */
#ifndef MPROX_COMPAT_ROUTE_H
#define MPROX_COMPAT_ROUTE_H

#include <net/ip6_fib.h>

#ifndef dst_rt6_info
#define dst_rt6_info(ptr) container_of(ptr, const struct rt6_info, dst)
#endif

#endif
