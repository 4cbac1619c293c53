// SPDX-License-Identifier: GPL-2.0
#include "tcp/attempt.h"

#include <linux/random.h>
#include <linux/slab.h>
#include <net/sock.h>
#include "family/translation.h"
#include "names/names.h"
#include "report/trace.h"
#include "servers/choose.h"
#include "servers/known.h"
#include "stack/hash.h"
#include "tcp/handshake.h"

/*
 * How long a server that was never spoken to in one go may be silent. One that
 * took the first message and lost the rest would be silent for ever.
 */
#define PATIENCE_MIN	(3 * HZ / 10)
#define PATIENCE_RTTS	4
/* And one that has always taken it so far; another may stand there now. */
#define PATIENCE_KNOWN	(5 * HZ)

/* A server that keeps on calling nonces stale is not to be satisfied. */
#define RELOGINS_MAX	3

/* Room for the value of Proxy-Authorization: its fields at their longest. */
#define DIGEST_MAX	1536

static const struct mprox_server *server_of(const struct mprox_hs *hs)
{
	return &hs->policy->servers[hs->visit.server];
}

static struct mprox_cred cred_of(const struct mprox_proxy *proxy)
{
	return (struct mprox_cred) {
		.user_len = proxy->user_len,
		.pass_len = proxy->pass_len,
		.user = proxy->user,
		.pass = proxy->pass,
	};
}

static bool has_cred(const struct mprox_proxy *proxy)
{
	return proxy->user_len || proxy->pass_len;
}

/* Before a proxy has said anything: what it took last time, else the usual. */
static u8 first_login(const struct mprox_proxy *proxy, struct mprox_known *known,
		      u32 hop)
{
	u8 login = READ_ONCE(known->login[hop]);

	if (login != 0xff)
		return login;
	if (!has_cred(proxy) || proxy->auth == MUTEX_PROXY_AUTH_DIGEST)
		return MPROX_LOGIN_NONE;
	return MPROX_LOGIN_PASSWORD;
}

static void attempt_write_target(struct mprox_target *to, const struct mprox_proxy *proxy)
{
	to->is_ipv6 = proxy->addr.family == AF_INET6;
	to->port = ntohs(proxy->addr.port);
	to->name_len = proxy->name_len;
	to->name = proxy->name;
	memcpy(to->addr, &proxy->addr.addr, sizeof(to->addr));
}

static void write_destination(struct mprox_hop *hop, const struct mprox_flow *flow)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);

	hop->command = mprox_hs_command(hs);
	if (hop->command == MPROX_COMMAND_ASSOCIATE) {
		/* RFC 1928, 7: no address yet that we would send from. */
		hop->to.is_ipv6 = hs->attempt.to.family == AF_INET6;
		return;
	}
	hop->to.is_ipv6 = flow->asked.family == AF_INET6;
	hop->to.port = ntohs(flow->asked.port);
	memcpy(hop->to.addr, &flow->asked.addr, sizeof(hop->to.addr));
	if (flow->name) {
		hop->to.name_len = flow->name->len;
		hop->to.name = flow->name->text;
	}
	if (hop->command == MPROX_COMMAND_BIND)
		hop->to.port = ntohs(hs->errand->port);
}

/*
 * The answer to the challenge that is known of hop @i, into @w. Without one (it
 * was forgotten meanwhile) the hop is asked for a new one.
 */
static int write_digest(struct mprox_hs *hs, u32 i, struct mprox_hop *hop,
			struct mprox_writer *w)
{
	struct mprox_known *known = server_of(hs)->known;
	struct mprox_challenge *challenge;
	u8 random[8], cnonce[17];
	int err = 0;
	u32 nc;

	challenge = kmalloc(sizeof(*challenge), GFP_ATOMIC);
	if (!challenge)
		return -ENOMEM;
	if (!mprox_known_challenge(known, i, challenge, &nc)) {
		hop->login = MPROX_LOGIN_NONE;
		goto out;
	}
	get_random_bytes(random, sizeof(random));
	snprintf(cnonce, sizeof(cnonce), "%*phN", (int)sizeof(random), random);
	hop->digest = w->buf + w->len;
	hop->digest_len = w->len;
	err = mprox_digest_answer(w, challenge, &hop->cred, &hop->to, nc,
				  cnonce, mprox_hash, NULL);
	hop->digest_len = w->len - hop->digest_len;
	if (!err && w->len > w->size)
		err = -EMSGSIZE;
out:
	kfree(challenge);
	return err;
}

static int write_hops(struct mprox_flow *flow, struct mprox_hop *hops,
		      struct mprox_writer *digests)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	const struct mprox_server *server = server_of(hs);
	int err = 0;
	u32 i;

	if (hs->errand && hs->errand->ops->suits && !hs->errand->ops->suits(server))
		return -ENETUNREACH;
	for (i = 0; !err && i < server->nr_hops; i++) {
		const struct mprox_proxy *proxy = &server->hops[i];

		hops[i].protocol = proxy->protocol;
		hops[i].login = hs->visit.login[i];
		hops[i].cred = cred_of(proxy);
		hops[i].headers = proxy->headers;
		hops[i].headers_len = proxy->headers_len;
		if (i + 1 < server->nr_hops)
			attempt_write_target(&hops[i].to, proxy + 1);
		else
			write_destination(&hops[i], flow);
		if (hs->visit.login[i] == MPROX_LOGIN_DIGEST)
			err = write_digest(hs, i, &hops[i], digests);
	}
	return err;
}

/* One message alone has nothing to try. */
static bool may_pipeline(struct mprox_hs *hs, const struct mprox_hop *hops, u32 nr)
{
	if (hs->policy->stepwise || hs->visit.stepwise ||
	    mprox_hs_command(hs) == MPROX_COMMAND_BIND ||
	    (nr == 1 && hops[0].protocol != MPROX_PROTO_SOCKS5))
		return false;
	return hs->visit.trial ||
	       mprox_known_pipelines(server_of(hs)->known, &hs->visit.trial);
}

/* Measures, finds memory, writes. */
static int write_talk(struct mprox_hs *hs, const struct mprox_hop *hops, u32 nr)
{
	bool pipelined = may_pipeline(hs, hops, nr);
	size_t len;

	len = mprox_talk_init(&hs->attempt.talk, hops, nr, pipelined, NULL, 0);
	/* SOCKS4 and an IPv6 destination, for instance. */
	if (!len)
		return -ENETUNREACH;
	hs->attempt.out = kmalloc(len, GFP_ATOMIC);
	if (!hs->attempt.out)
		return -ENOMEM;
	mprox_talk_init(&hs->attempt.talk, hops, nr, pipelined, hs->attempt.out, len);
	return 0;
}

static int write_conversation(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	u32 nr = server_of(hs)->nr_hops;
	struct mprox_writer digests = { .size = nr * DIGEST_MAX };
	struct mprox_hop *hops;
	int err = -ENOMEM;

	hops = kcalloc(nr, sizeof(*hops), GFP_ATOMIC);
	if (!hops)
		return -ENOMEM;
	if (memchr(hs->visit.login, MPROX_LOGIN_DIGEST, nr)) {
		digests.buf = kmalloc(digests.size, GFP_ATOMIC);
		if (!digests.buf)
			goto out;
	}
	err = write_hops(flow, hops, &digests);
	if (!err)
		err = write_talk(hs, hops, nr);
	kfree(digests.buf);
out:
	kfree(hops);
	return err;
}

void mprox_attempt_end_trial(struct mprox_flow *flow)
{
	/* It has found nothing out: somebody else may try. */
	if (mprox_flow_hs(flow)->visit.trial)
		WRITE_ONCE(flow->share->known->pipeline,
			   MPROX_PIPELINE_UNTRIED);
	mprox_flow_hs(flow)->visit.trial = false;
}

/* The flow's share in its server's count of connections. */
static void belong_to(struct mprox_flow *flow, struct mprox_share *share)
{
	if (flow->share == share)
		return;
	mprox_share_enter(share);
	mprox_flow_leave_server(flow);
	flow->share = share;
}

/* How many servers of @family there are, but for those of @tried (or NULL). */
static u32 count_servers(const struct mprox_hs *hs, u32 family,
			 const unsigned long *tried)
{
	const struct mprox_group group = mprox_policy_group(hs->policy);

	return mprox_choose_count(&group, family, tried);
}

static bool is_other_family_left(const struct mprox_hs *hs)
{
	const struct mprox_hs_campaign *campaign = &hs->campaign;

	return count_servers(hs, mprox_other_family(campaign->via), campaign->tried);
}

/* The server of that number is about to be asked, and has failed @tries times. */
static void visit_begin(struct mprox_flow *flow, u8 number, u8 tries)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	const struct mprox_server *server = &hs->policy->servers[number];
	u32 i;

	mprox_attempt_end_trial(flow);
	hs->visit = (struct mprox_hs_visit){ .server = number, .tries = tries };
	for (i = 0; i < server->nr_hops; i++)
		hs->visit.login[i] = first_login(&server->hops[i], server->known, i);
}

/* All that depends on the server and on how we speak to it. */
static int attempt_make(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	struct mprox_hs_attempt *attempt = &hs->attempt;
	const struct mprox_server *server = server_of(hs);
	u32 ms = server->attempt_ms ?: hs->policy->attempt_ms;
	unsigned long limit = jiffies + msecs_to_jiffies(ms);
	int err;

	kfree_sensitive(attempt->out);
	memset(attempt, 0, sizeof(*attempt));
	attempt->to = server->hops[0].addr;
	attempt->scope_id = server->hops[0].scope_id;
	attempt->sent_at = jiffies;
	attempt->rto = MPROX_RTO_INIT;
	belong_to(flow, server->share);
	err = write_conversation(flow);
	if (err)
		return err;
	hs->campaign.attempts += hs->campaign.attempts < U8_MAX;
	trace_mprox_attempt(flow->ctx->id, flow->sk, &flow->asked, &attempt->to,
			    hs->campaign.attempts, flow->error);
	/* Who else should have the rest of the time? */
	attempt->alone = !server->attempt_ms && server->tries == 1 &&
			 count_servers(hs, hs->campaign.via, NULL) == 1;
	attempt->deadline = time_after(limit, hs->campaign.deadline) ||
			    (attempt->alone && hs->policy->nr_servers == 1) ?
			    hs->campaign.deadline : limit;
	return 0;
}

/*
 * The next one that is not out of the question, until one can be prepared.
 * -ENETUNREACH: there is none.
 */
static int choose(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	const struct mprox_group group = mprox_policy_group(hs->policy);
	int err = -ENETUNREACH, i;

	for (;;) {
		i = mprox_choose(&group, hs->campaign.via, &flow->asked.addr,
				 hs->sk->sk_uid, hs->campaign.tried);
		if (i < 0)
			return err;
		__set_bit(i, hs->campaign.tried);
		visit_begin(flow, i, 0);
		err = attempt_make(flow);
		if (!err || err == -ENOMEM)
			return err;
	}
}

int mprox_attempt_first(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	int err = choose(flow);

	return err && err != -ENOMEM && is_other_family_left(hs) ? -EXDEV : err;
}

/* The same one once more, if it may be asked again, or the next round. */
static int after_pause(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	bool again = hs->campaign.again;

	hs->campaign.waited = false;
	hs->campaign.again = false;
	if (!again)
		return choose(flow);
	visit_begin(flow, hs->visit.server, hs->visit.tries);
	return attempt_make(flow) ? choose(flow) : 0;
}

/* Its server stands behind the others for a while. @silent: see mprox_share_failed(). */
static void attempt_blame(struct mprox_flow *flow, bool silent)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);
	const struct mprox_server *server = server_of(hs);

	if (mprox_share_failed(server->share, hs->policy->fail_ms, silent))
		mprox_server_tell(flow->ctx->events, &server->at,
				  MUTEX_PROXY_EVENT_SERVER_DOWN, flow->reason);
}

/*
 * This server has failed. 0: the next one is ready; -EAGAIN: the same one, after a
 * pause; or there is none of this family.
 */
static int after_failure(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);

	if (++hs->visit.tries < server_of(hs)->tries) {
		hs->campaign.again = true;
		return -EAGAIN;
	}
	attempt_blame(flow, !hs->attempt.synack_len);
	return choose(flow);
}

/* None of the flow's family is left in this round, the last one for @err. */
static int end_of_round(struct mprox_flow *flow, int err)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);

	if (is_other_family_left(hs))
		return -EXDEV;
	/* One server alone is not asked twice: its no is the answer. */
	if (!hs->campaign.attempts || hs->policy->nr_servers < 2 ||
	    ++hs->campaign.round >= hs->policy->rounds)
		return err;
	bitmap_zero(hs->campaign.tried, MUTEX_PROXY_MAX_SERVERS);
	return -EAGAIN;
}

/* A pause begins, or for want of a server this round ends; 0 and -ENOMEM stay. */
static int conclude(struct mprox_flow *flow, int err, unsigned long *wait)
{
	if (err && err != -EAGAIN && err != -ENOMEM)
		err = end_of_round(flow, err);
	if (err == -EAGAIN) {
		mprox_flow_hs(flow)->campaign.waited = true;
		*wait = MPROX_PAUSE;
	}
	return err;
}

int mprox_attempt_next(struct mprox_flow *flow, unsigned long *wait)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	int err;

	switch (READ_ONCE(hs->end)) {
	case MPROX_END_SERVER:
		err = hs->campaign.waited ? after_pause(flow) : after_failure(flow);
		break;
	case MPROX_END_NONE:
		err = choose(flow);
		break;
	case MPROX_END_FINAL:
		return -ECANCELED;
	default:
		return attempt_make(flow);
	}
	return conclude(flow, err, wait);
}

int mprox_attempt_pass_over(struct mprox_flow *flow, bool failed)
{
	if (failed)
		attempt_blame(flow, true);
	return mprox_attempt_first(flow);
}

int mprox_attempt_stay(struct mprox_flow *flow, unsigned long *wait)
{
	bitmap_fill(mprox_flow_hs(flow)->campaign.tried, MUTEX_PROXY_MAX_SERVERS);
	return conclude(flow, -ENETUNREACH, wait);
}

static bool relogin_http(struct mprox_hs *hs, struct mprox_known *known, u32 hop)
{
	const struct mprox_proxy *proxy = &server_of(hs)->hops[hop];
	const struct mprox_challenge *challenge = &hs->attempt.talk.http.challenge;

	if (!has_cred(proxy))
		return false;
	if (hs->attempt.talk.wants == MPROX_LOGIN_DIGEST &&
	    mprox_hash_has(challenge->algorithm)) {
		/*
		 * Answered already: the password is wrong, unless the nonce
		 * was one of an earlier connection, which may have grown old
		 * without the server saying so.
		 */
		if (hs->visit.login[hop] == MPROX_LOGIN_DIGEST &&
		    !challenge->stale && hs->visit.relogins)
			return false;
		mprox_known_set_challenge(known, hop, challenge);
		hs->visit.login[hop] = MPROX_LOGIN_DIGEST;
		return true;
	}
	if (!challenge->basic || proxy->auth == MUTEX_PROXY_AUTH_DIGEST ||
	    hs->visit.login[hop] == MPROX_LOGIN_PASSWORD)
		return false;
	hs->visit.login[hop] = MPROX_LOGIN_PASSWORD;
	return true;
}

/*
 * A server that wants what we have gets it; that was held back only because it
 * had not wanted it before. One that chooses "no authentication" has not even been
 * offered it, but that is what other clients offer, too, and no secret is told. One
 * that will have no password is content without only if that is allowed.
 */
static bool relogin_socks5(struct mprox_hs *hs, u32 hop)
{
	const struct mprox_proxy *proxy = &server_of(hs)->hops[hop];

	if (hs->visit.relogins)
		return false;
	if (hs->attempt.talk.wants == MPROX_LOGIN_PASSWORD) {
		if (!has_cred(proxy))
			return false;
	} else if (hs->attempt.talk.refusal != MPROX_REFUSAL_LOGIN_NEEDLESS &&
		   proxy->auth != MUTEX_PROXY_AUTH_OPTIONAL) {
		return false;
	}
	hs->visit.login[hop] = hs->attempt.talk.wants;
	return true;
}

bool mprox_attempt_relogin(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	u32 hop = hs->attempt.talk.hop;
	bool can;

	lockdep_assert_held(&flow->lock);
	if (hs->visit.relogins == RELOGINS_MAX)
		return false;
	if (server_of(hs)->hops[hop].protocol == MPROX_PROTO_HTTP)
		can = relogin_http(hs, server_of(hs)->known, hop);
	else
		can = relogin_socks5(hs, hop);
	hs->visit.relogins += can;
	return can;
}

static unsigned long patience(const struct mprox_known *known)
{
	u32 usec = READ_ONCE(known->latency);

	return max_t(unsigned long, PATIENCE_MIN,
		     PATIENCE_RTTS * usecs_to_jiffies(usec));
}

bool mprox_attempt_is_stalled(const struct mprox_flow *flow)
{
	const struct mprox_hs *hs = mprox_flow_hs(flow);
	const struct mprox_known *known = server_of(hs)->known;

	return hs->attempt.talk.pipelined &&
	       time_after_eq(jiffies, hs->attempt.heard_at +
			     (hs->visit.trial ? patience(known) : PATIENCE_KNOWN));
}

/*
 * In one go or not. If it broke before it worked step by step, or the last
 * answer came sooner than our patience had lasted, it was the haste.
 */
static void learn_haste(struct mprox_hs *hs, struct mprox_known *known)
{
	enum mprox_pipeline result = MPROX_PIPELINE_UNTRIED;

	if (hs->attempt.talk.pipelined)
		result = MPROX_PIPELINE_YES;
	else if (hs->visit.stepwise &&
		 (hs->visit.broke || time_before(jiffies, hs->attempt.asked_at +
						    patience(known))))
		result = MPROX_PIPELINE_NO;
	if (hs->visit.trial)
		mprox_known_end_trial(known, result);
	else if (result == MPROX_PIPELINE_NO)
		/* It used to take it, and does not any more. */
		WRITE_ONCE(known->pipeline, result);
	hs->visit.trial = false;
}

void mprox_attempt_worked(struct mprox_flow *flow)
{
	struct mprox_hs *hs = mprox_flow_hs(flow);
	struct mprox_known *known = server_of(hs)->known;
	u32 i;

	lockdep_assert_held(&flow->lock);
	if (mprox_share_worked(server_of(hs)->share))
		mprox_server_tell(flow->ctx->events, &server_of(hs)->at,
				  MUTEX_PROXY_EVENT_SERVER_UP, 0);
	for (i = 0; i < server_of(hs)->nr_hops; i++)
		WRITE_ONCE(known->login[i], hs->visit.login[i]);
	/* Only the last answer is still there to be looked at. */
	i--;
	if (hs->visit.login[i] == MPROX_LOGIN_DIGEST &&
	    hs->attempt.talk.http.has_next)
		mprox_known_set_nonce(known, i, &hs->attempt.talk.http.challenge);
	learn_haste(hs, known);
}
