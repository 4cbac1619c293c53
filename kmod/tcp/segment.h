/* SPDX-License-Identifier: GPL-2.0 */
/* Private to tcp/: the segments that a handshake makes. */
#ifndef MPROX_SEGMENT_H
#define MPROX_SEGMENT_H

#include <linux/skbuff.h>

struct mprox_flow;

/*
 * A segment from the program's end to the proxy. NULL: no memory. flow->lock held.
 */
struct sk_buff *mprox_segment(const struct mprox_flow *flow, u8 tcp_flags,
			      u32 seq, const void *data, u16 len);

/*
 * The program's SYN once more, as the attempt sends it. NULL: no memory. flow->lock
 * held.
 */
struct sk_buff *mprox_syn(struct mprox_flow *flow);

/*
 * The SYN-ACK that the program waits for: as the proxy sent it, with @seq and
 * @ack_seq, on the heels of @rx, whose path into the stack it takes. NULL: no
 * memory. flow->lock held.
 */
struct sk_buff *mprox_synack(const struct mprox_flow *flow,
			     const struct sk_buff *rx, u32 seq, u32 ack_seq);

#endif
