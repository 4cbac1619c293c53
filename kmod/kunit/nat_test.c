// SPDX-License-Identifier: GPL-2.0
/*
 * Part of nat.c, where the kernel has KUnit: what becomes of a new entry of
 * conntrack. Addresses of RFC 5737, which nobody has.
 */
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include "kunit/suites.h"

#define APP	0xc0000201	/* 192.0.2.1 */
#define TARGET	0xc6336401	/* 198.51.100.1 */
#define SERVER	0xcb007101	/* 203.0.113.1 */
#define SOURCE	0xcb007102	/* 203.0.113.2 */

struct nat_case {
	struct mprox_ctx *ctx;
	struct mprox_flow *flow;
	struct sk_buff *skb;
	struct nf_conn *ct;
	struct nf_hook_state state;
};

static struct nf_conn *new_entry(struct kunit *test, u16 port)
{
	struct nf_conntrack_tuple to = {
		.src.l3num = AF_INET,
		.src.u3.ip = htonl(APP),
		.src.u.tcp.port = htons(port),
		.dst.u3.ip = htonl(TARGET),
		.dst.u.tcp.port = htons(80),
		.dst.protonum = IPPROTO_TCP,
		.dst.dir = IP_CT_DIR_ORIGINAL,
	};
	struct nf_conntrack_tuple back = {
		.src.l3num = AF_INET,
		.src.u3.ip = htonl(TARGET),
		.src.u.tcp.port = htons(80),
		.dst.u3.ip = htonl(APP),
		.dst.u.tcp.port = htons(port),
		.dst.protonum = IPPROTO_TCP,
		.dst.dir = IP_CT_DIR_REPLY,
	};
	struct nf_conn *ct = nf_conntrack_alloc(&init_net, &nf_ct_zone_dflt,
						&to, &back, GFP_KERNEL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(ct));
	/* As the first packet's would be: one reference, and the packet has it. */
	refcount_set(&ct->ct_general.use, 1);
	return ct;
}

/* The entry goes with its packet. */
static void carry_entry(struct nat_case *nat, struct nf_conn *ct)
{
	nf_reset_ct(nat->skb);
	nf_ct_set(nat->skb, ct, IP_CT_NEW);
	nat->ct = ct;
}

static int nat_init(struct kunit *test)
{
	struct nat_case *nat = kunit_kzalloc(test, sizeof(*nat), GFP_KERNEL);
	struct mprox_key key = {
		.net = &init_net,
		.family = AF_INET,
		.lport = htons(1000),
		.rport = htons(80),
	};

	KUNIT_ASSERT_NOT_NULL(test, nat);
	key.local.s6_addr32[0] = htonl(APP);
	key.remote.s6_addr32[0] = htonl(TARGET);
	nat->ctx = mprox_ctx_create(&init_net, 0, true);
	KUNIT_ASSERT_FALSE(test, IS_ERR(nat->ctx));
	nat->flow = mprox_flow_alloc(nat->ctx, &key);
	KUNIT_ASSERT_NOT_NULL(test, nat->flow);
	nat->flow->hs->state = MPROX_HS_SYN_SENT;
	nat->flow->hs->attempts = 1;
	nat->flow->hs->to = (struct mprox_addr){
		.family = AF_INET,
		.port = htons(1080),
	};
	nat->flow->hs->to.addr.s6_addr32[0] = htonl(SERVER);
	KUNIT_ASSERT_TRUE(test, mprox_flow_publish(nat->flow));
	nat->skb = alloc_skb(0, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, nat->skb);
	nat->state.net = &init_net;
	nat->state.pf = NFPROTO_IPV4;
	carry_entry(nat, new_entry(test, 1000));
	test->priv = nat;
	return 0;
}

static void nat_exit(struct kunit *test)
{
	struct nat_case *nat = test->priv;

	if (!nat)
		return;
	kfree_skb(nat->skb);
	mprox_kunit_end_handshake(nat->flow);
	mprox_kunit_forget(nat->flow, nat->ctx);
}

static const struct nf_conntrack_tuple *reply(const struct nf_conn *ct)
{
	return &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
}

static void syn_is_led_to_the_server(struct kunit *test)
{
	struct nat_case *nat = test->priv;

	KUNIT_EXPECT_EQ(test, mprox_nat_dst(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, reply(nat->ct)->src.u3.ip, htonl(SERVER));
	KUNIT_EXPECT_EQ(test, reply(nat->ct)->src.u.tcp.port, htons(1080));
	KUNIT_EXPECT_EQ(test, reply(nat->ct)->dst.u3.ip, htonl(APP));
	KUNIT_EXPECT_PTR_EQ(test, nat->flow->ct, nat->ct);
	KUNIT_EXPECT_TRUE(test, nat->ct->proto.tcp.seen[0].flags &
			  IP_CT_TCP_FLAG_BE_LIBERAL);
	KUNIT_EXPECT_TRUE(test, nat->ct->proto.tcp.seen[1].flags &
			  IP_CT_TCP_FLAG_BE_LIBERAL);
	/* Nothing asks for another source. */
	KUNIT_EXPECT_EQ(test, mprox_nat_src(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, reply(nat->ct)->dst.u.tcp.port, htons(1000));
	KUNIT_EXPECT_FALSE(test, nat->ct->status & IPS_SRC_NAT_DONE);
}

static void stranger_is_left_alone(struct kunit *test)
{
	struct nat_case *nat = test->priv;

	carry_entry(nat, new_entry(test, 1001));
	KUNIT_EXPECT_EQ(test, mprox_nat_dst(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, mprox_nat_src(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, reply(nat->ct)->src.u3.ip, htonl(TARGET));
	KUNIT_EXPECT_FALSE(test, nat->ct->status & IPS_NAT_DONE_MASK);
	KUNIT_EXPECT_PTR_EQ(test, nat->flow->ct, NULL);
}

static void packet_of_an_old_entry_is_left_alone(struct kunit *test)
{
	struct nat_case *nat = test->priv;

	nf_ct_set(nat->skb, nat->ct, IP_CT_ESTABLISHED);
	KUNIT_EXPECT_EQ(test, mprox_nat_dst(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	KUNIT_EXPECT_FALSE(test, nat->ct->status & IPS_NAT_DONE_MASK);
}

/* Picked up in the middle, it would leave for the target itself. */
static void established_flow_gets_no_new_entry(struct kunit *test)
{
	struct nat_case *nat = test->priv;

	mprox_kunit_end_handshake(nat->flow);
	KUNIT_EXPECT_EQ(test, mprox_nat_dst(NULL, nat->skb, &nat->state),
			NF_DROP);
	KUNIT_EXPECT_FALSE(test, nat->ct->status & IPS_NAT_DONE_MASK);
	KUNIT_EXPECT_PTR_EQ(test, nat->flow->ct, NULL);
}

static void second_syn_at_once_is_dropped(struct kunit *test)
{
	struct nat_case *nat = test->priv;
	struct nf_conn *first = nat->ct;

	KUNIT_EXPECT_EQ(test, mprox_nat_dst(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	/* The first is on its way still: its packet and the flow have it. */
	nf_conntrack_get(&first->ct_general);
	carry_entry(nat, new_entry(test, 1000));
	KUNIT_EXPECT_EQ(test, mprox_nat_dst(NULL, nat->skb, &nat->state),
			NF_DROP);
	KUNIT_EXPECT_PTR_EQ(test, nat->flow->ct, first);
	/* It was lost below us: only the flow has it. */
	nf_ct_put(first);
	carry_entry(nat, new_entry(test, 1000));
	KUNIT_EXPECT_EQ(test, mprox_nat_dst(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	KUNIT_EXPECT_PTR_EQ(test, nat->flow->ct, nat->ct);
	KUNIT_EXPECT_EQ(test, reply(nat->ct)->src.u3.ip, htonl(SERVER));
}

static void server_on_another_way_gets_its_source(struct kunit *test)
{
	struct nat_case *nat = test->priv;

	nat->flow->hs->source.family = AF_INET;
	nat->flow->hs->source.addr.s6_addr32[0] = htonl(SOURCE);
	KUNIT_EXPECT_EQ(test, mprox_nat_dst(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, mprox_nat_src(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, reply(nat->ct)->dst.u3.ip, htonl(SOURCE));
	KUNIT_EXPECT_EQ(test, reply(nat->ct)->dst.u.tcp.port, htons(1000));
}

/* The server may know the port from the attempt before. */
static void second_attempt_has_another_port(struct kunit *test)
{
	struct nat_case *nat = test->priv;

	nat->flow->hs->attempts = 2;
	KUNIT_EXPECT_EQ(test, mprox_nat_dst(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, mprox_nat_src(NULL, nat->skb, &nat->state),
			NF_ACCEPT);
	KUNIT_EXPECT_EQ(test, reply(nat->ct)->dst.u3.ip, htonl(APP));
	KUNIT_EXPECT_NE(test, reply(nat->ct)->dst.u.tcp.port, htons(1000));
}

static struct kunit_case nat_cases[] = {
	KUNIT_CASE(syn_is_led_to_the_server),
	KUNIT_CASE(stranger_is_left_alone),
	KUNIT_CASE(packet_of_an_old_entry_is_left_alone),
	KUNIT_CASE(established_flow_gets_no_new_entry),
	KUNIT_CASE(second_syn_at_once_is_dropped),
	KUNIT_CASE(server_on_another_way_gets_its_source),
	KUNIT_CASE(second_attempt_has_another_port),
	{}
};

struct kunit_suite mprox_nat_suite = {
	.name = "mutex_proxy_nat",
	.init = nat_init,
	.exit = nat_exit,
	.test_cases = nat_cases,
};
