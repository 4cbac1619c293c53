/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MPROX_SOCKET_FIND_H
#define MPROX_SOCKET_FIND_H

#include "stack/key.h"

struct sk_buff;

/*
 * The connected TCP socket with these addresses and ports, bound to the device
 * @bound_if or to none: referenced, in whatever state, so sock_gen_put() gives it
 * back; or NULL. Any context up to softirq.
 */
struct sock *mprox_find_socket(const struct mprox_key *key, int bound_if);

/* The same of a packet that has come in, between these ends. Softirq. */
struct sock *mprox_find_socket_of(const struct sk_buff *skb,
				  const struct mprox_key *ends);

#endif
