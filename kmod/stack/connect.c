// SPDX-License-Identifier: GPL-2.0
#include "stack/connect.h"

#include <linux/in.h>
#include <linux/in6.h>
#include "compat/socket.h"

int mprox_connect(struct socket *sock, const struct mprox_addr *to, u32 scope_id,
		  int flags)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_port = to->port,
		.sin6_addr = to->addr,
		.sin6_scope_id = scope_id,
	};
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = to->port,
		.sin_addr.s_addr = to->addr.s6_addr32[0],
	};

	if (to->family == AF_INET)
		return kernel_connect(sock, (struct mprox_compat_sockaddr *)&sin,
				      sizeof(sin), flags);
	return kernel_connect(sock, (struct mprox_compat_sockaddr *)&sin6,
			      sizeof(sin6), flags);
}
