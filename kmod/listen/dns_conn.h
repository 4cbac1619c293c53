/* SPDX-License-Identifier: GPL-2.0 */
/* One client of a namespace's server for queries over TCP. */
#ifndef MPROX_DNS_CONN_H
#define MPROX_DNS_CONN_H

#include "listen/dns_tcp.h"

/*
 * Serves who is connected by @sock from now on, and takes it over; @flow is what
 * the client thinks it is connected to. Negative errno: it is the caller's still.
 * Process context.
 */
int mprox_dns_conn_add(struct mprox_dns_server *server, struct socket *sock,
		       const struct mprox_flow *flow);

/* The server takes no others any more. Process context. */
void mprox_dns_conn_end_all(struct mprox_dns_server *server);

int mprox_dns_conn_init(void);
/* No server is left. */
void mprox_dns_conn_exit(void);

#endif
