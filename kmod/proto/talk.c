// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "talk.h"

/* Who reads the answer to a message. */
enum {
	ANSWER_SOCKS5_METHOD,
	ANSWER_SOCKS5_PASSWORD,
	ANSWER_SOCKS5_REPLY,
	ANSWER_SOCKS4,
	ANSWER_HTTP,
};

/* A message has been written: this is how it will be answered. */
static void talk_add(struct mprox_talk *t, const struct mprox_writer *w, u8 answer,
		     u8 hop, u8 login)
{
	struct mprox_exchange *e = &t->exchange[t->nr++];

	e->end = w->len <= MPROX_TALK_OUT_MAX ? w->len : 0;
	e->answer = answer;
	e->hop = hop;
	e->login = login;
}

static void write_socks5(struct mprox_talk *t, struct mprox_writer *w,
			 const struct mprox_hop *hop, u8 number)
{
	bool password = hop->login == MPROX_LOGIN_PASSWORD;

	mprox_socks5_greeting(w, password ? MPROX_SOCKS5_PASSWORD :
					    MPROX_SOCKS5_NONE);
	talk_add(t, w, ANSWER_SOCKS5_METHOD, number, hop->login);
	if (password) {
		mprox_socks5_password(w, &hop->cred);
		talk_add(t, w, ANSWER_SOCKS5_PASSWORD, number, hop->login);
	}
	mprox_socks5_request(w, &hop->to, hop->command);
	talk_add(t, w, ANSWER_SOCKS5_REPLY, number, hop->login);
	if (hop->command == MPROX_COMMAND_BIND)
		talk_add(t, w, ANSWER_SOCKS5_REPLY, number, hop->login);
}

static bool write_socks4(struct mprox_talk *t, struct mprox_writer *w,
			 const struct mprox_hop *hop, u8 number)
{
	bool bind = hop->command == MPROX_COMMAND_BIND;

	if (!mprox_socks4_request(w, &hop->to,
				  hop->login == MPROX_LOGIN_PASSWORD ?
				  &hop->cred : NULL, bind))
		return false;
	talk_add(t, w, ANSWER_SOCKS4, number, hop->login);
	if (bind)
		talk_add(t, w, ANSWER_SOCKS4, number, hop->login);
	return true;
}

static void write_http(struct mprox_talk *t, struct mprox_writer *w,
		       const struct mprox_hop *hop, u8 number)
{
	bool digest = hop->login == MPROX_LOGIN_DIGEST;

	mprox_http_request(w, &hop->to, digest ? hop->digest : NULL,
			   hop->digest_len,
			   hop->login == MPROX_LOGIN_PASSWORD ? &hop->cred :
								NULL,
			   hop->headers, hop->headers_len);
	talk_add(t, w, ANSWER_HTTP, number, hop->login);
}

/* Has the hop's protocol the command, and is it at the chain's end? */
static bool can(const struct mprox_hop *hop, bool is_last)
{
	switch (hop->command) {
	case MPROX_COMMAND_CONNECT:
		return true;
	case MPROX_COMMAND_BIND:
		return is_last && hop->protocol != MPROX_PROTO_HTTP;
	case MPROX_COMMAND_ASSOCIATE:
		return is_last && hop->protocol == MPROX_PROTO_SOCKS5;
	default:
		return false;
	}
}

/* The reader of the present exchange, from its beginning. */
static void begin_answer(struct mprox_talk *t)
{
	const struct mprox_exchange *e = &t->exchange[t->at];

	t->hop = e->hop;
	t->fresh = 1;
	switch (e->answer) {
	case ANSWER_SOCKS4:
		memset(&t->socks4, 0, sizeof(t->socks4));
		break;
	case ANSWER_HTTP:
		memset(&t->http, 0, sizeof(t->http));
		break;
	default:
		memset(&t->socks5, 0, sizeof(t->socks5));
		t->socks5.method = e->login == MPROX_LOGIN_PASSWORD ?
				   MPROX_SOCKS5_PASSWORD : MPROX_SOCKS5_NONE;
		break;
	}
}

size_t mprox_talk_init(struct mprox_talk *t, const struct mprox_hop *hops,
		       size_t nr, bool pipelined, u8 *out, size_t size)
{
	struct mprox_writer w = { out, size, 0 };
	size_t i;

	memset(t, 0, sizeof(*t));
	if (!nr || nr > MPROX_TALK_HOPS)
		return 0;
	t->command = hops[nr - 1].command;
	for (i = 0; i < nr; i++) {
		if (!can(&hops[i], i + 1 == nr))
			return 0;
		switch (hops[i].protocol) {
		case MPROX_PROTO_SOCKS5:
			write_socks5(t, &w, &hops[i], i);
			break;
		case MPROX_PROTO_SOCKS4:
			if (!write_socks4(t, &w, &hops[i], i))
				return 0;
			break;
		case MPROX_PROTO_HTTP:
			write_http(t, &w, &hops[i], i);
			break;
		default:
			return 0;
		}
	}
	if (w.len > MPROX_TALK_OUT_MAX)
		return 0;
	t->out = out;
	t->out_len = w.len;
	/* One message alone is never said in haste. */
	t->pipelined = pipelined && t->exchange[0].end < t->out_len;
	t->out_ready = t->pipelined ? t->out_len : t->exchange[0].end;
	begin_answer(t);
	return w.len;
}

static enum mprox_step feed_octet(struct mprox_talk *t, u8 octet)
{
	switch (t->exchange[t->at].answer) {
	case ANSWER_SOCKS5_METHOD:
		return mprox_socks5_on_method(&t->socks5, octet);
	case ANSWER_SOCKS5_PASSWORD:
		return mprox_socks5_on_password(&t->socks5, octet);
	case ANSWER_SOCKS5_REPLY:
		return mprox_socks5_on_reply(&t->socks5, octet);
	case ANSWER_SOCKS4:
		return mprox_socks4_on_reply(&t->socks4, octet);
	default:
		return mprox_http_on_octet(&t->http, octet);
	}
}

static void take_refusal(struct mprox_talk *t)
{
	switch (t->exchange[t->at].answer) {
	case ANSWER_SOCKS4:
		t->err = t->socks4.err;
		t->blame = t->socks4.blame;
		t->refusal = t->socks4.refusal;
		t->status = t->socks4.in[1];
		break;
	case ANSWER_HTTP:
		t->err = t->http.err;
		t->blame = t->http.blame;
		t->refusal = t->http.refusal;
		t->status = t->http.status;
		if (t->refusal == MPROX_REFUSAL_LOGIN_WRONG &&
		    t->exchange[t->at].login == MPROX_LOGIN_NONE)
			t->refusal = MPROX_REFUSAL_LOGIN_WANTED;
		break;
	default:
		t->err = t->socks5.err;
		t->blame = t->socks5.blame;
		t->refusal = t->socks5.refusal;
		t->status = t->socks5.in[1];
		break;
	}
	/*
	 * Only the last hop speaks of the destination. One before it that could
	 * not reach the next has broken the chain. ASSOCIATE names none.
	 */
	if (t->hop != t->exchange[t->nr - 1].hop ||
	    t->command == MPROX_COMMAND_ASSOCIATE) {
		t->err = EHOSTUNREACH;
		t->blame = MPROX_BLAME_SERVER;
	}
}

static void take_wish(struct mprox_talk *t)
{
	const struct mprox_exchange *e = &t->exchange[t->at];

	t->err = EHOSTUNREACH;
	t->blame = MPROX_BLAME_SERVER;
	if (e->answer == ANSWER_HTTP) {
		t->status = t->http.status;
		t->wants = t->http.challenge.digest ? MPROX_LOGIN_DIGEST :
						      MPROX_LOGIN_PASSWORD;
		t->refusal = e->login == MPROX_LOGIN_NONE ?
			     MPROX_REFUSAL_LOGIN_WANTED :
			     MPROX_REFUSAL_LOGIN_WRONG;
	} else {
		t->wants = e->login == MPROX_LOGIN_PASSWORD ?
			   MPROX_LOGIN_NONE : MPROX_LOGIN_PASSWORD;
		t->refusal = t->socks5.refusal;
	}
}

static void take_nonsense(struct mprox_talk *t, bool first, u8 octet)
{
	t->err = EHOSTUNREACH;
	t->blame = MPROX_BLAME_SERVER;
	t->refusal = first ? mprox_refusal_of_octet(octet) :
			     MPROX_REFUSAL_GARBLED;
}

/* The first of the two answers to BIND, or the one to ASSOCIATE. */
static void take_bound(struct mprox_talk *t)
{
	if (t->exchange[t->at].answer == ANSWER_SOCKS4)
		mprox_socks4_bound(&t->socks4, &t->bound);
	else
		mprox_socks5_bound(&t->socks5, &t->bound);
	t->is_bound = t->command == MPROX_COMMAND_BIND;
}

/* An answer is complete, and good. */
static enum mprox_step next_exchange(struct mprox_talk *t)
{
	if (t->at + 1 == t->nr) {
		if (t->command == MPROX_COMMAND_ASSOCIATE)
			take_bound(t);
		return MPROX_STEP_DONE;
	}
	if (t->command == MPROX_COMMAND_BIND && t->at + 2 == t->nr)
		take_bound(t);
	t->at++;
	begin_answer(t);
	if (t->out_ready >= t->exchange[t->at].end)
		return MPROX_STEP_MORE;
	t->out_ready = t->exchange[t->at].end;
	return MPROX_STEP_SEND;
}

static enum mprox_step on_octet(struct mprox_talk *t, u8 octet)
{
	enum mprox_step step = feed_octet(t, octet);
	bool first = t->fresh;

	t->fresh = 0;
	switch (step) {
	case MPROX_STEP_DONE:
		return next_exchange(t);
	case MPROX_STEP_REFUSED:
		take_refusal(t);
		break;
	case MPROX_STEP_LOGIN:
		take_wish(t);
		break;
	case MPROX_STEP_MALFORMED:
		take_nonsense(t, first, octet);
		break;
	default:
		break;
	}
	return step;
}

static bool is_final(enum mprox_step step)
{
	return step != MPROX_STEP_MORE && step != MPROX_STEP_SEND;
}

enum mprox_step mprox_talk_feed(struct mprox_talk *t, const u8 *data,
				size_t len, size_t *used)
{
	enum mprox_step step = t->settled;
	size_t i = 0;

	while (step == MPROX_STEP_MORE && i < len)
		step = on_octet(t, data[i++]);
	if (is_final(step))
		t->settled = step;
	t->in_len += i;
	*used = i;
	return step;
}
