// SPDX-License-Identifier: GPL-2.0-or-later
// HTTP Digest: which challenges are taken, what is hashed, what is sent. The
// hash here only notes what it is given; digest_vectors_test.cpp has a real one.
#include "digest_driver.h"

namespace digest {
namespace {

TEST(DigestChallenge, AsSquidSaysIt)
{
	mprox_challenge c = scan({"Digest realm=\"Squid proxy\", "
		"nonce=\"abCD/+==\", qop=\"auth\", stale=false, algorithm=MD5"});

	EXPECT_TRUE(c.digest);
	EXPECT_FALSE(c.basic);
	EXPECT_EQ(c.algorithm, MPROX_MD5);
	EXPECT_FALSE(c.sess);
	EXPECT_TRUE(c.qop_auth);
	EXPECT_FALSE(c.stale);
	EXPECT_FALSE(c.has_opaque);
	EXPECT_EQ(realm(c), "Squid proxy");
	EXPECT_EQ(nonce(c), "abCD/+==");
}

TEST(DigestChallenge, TheStrongestOfSeveral)
{
	for (const auto &fields : std::vector<std::vector<std::string>>{
		     {"Digest realm=a, nonce=m, algorithm=MD5, Basic realm=\"x\", "
		      "DIGEST realm=b , nonce = \"s\", algorithm=sha-256"},
		     {"Digest realm=b,nonce=s,algorithm=\"SHA-256\"", "basic",
		      "Digest realm=a,nonce=m"},
		     {"Negotiate dGVzdA==, Digest realm=b, nonce=s, "
		      "algorithm=SHA-256, qop=\"auth-int,auth\", Basic"}}) {
		mprox_challenge c = scan(fields);

		EXPECT_TRUE(c.digest && c.basic) << fields[0];
		EXPECT_EQ(c.algorithm, MPROX_SHA256);
		EXPECT_EQ(realm(c) + nonce(c), "bs");
	}
	EXPECT_EQ(nonce(scan({"Digest nonce=1", "Digest nonce=2"})), "1");
}

TEST(DigestChallenge, Parameters)
{
	mprox_challenge c = scan({"digest nonce=\"n\\\"x\", opaque=\"\", "
		"stale=TRUE, algorithm=SHA-256-sess, userhash=true"});

	EXPECT_TRUE(c.digest && c.sess && c.stale && c.has_opaque);
	EXPECT_EQ(nonce(c), "n\\\"x");
	EXPECT_EQ(c.opaque_len, 0);
	EXPECT_FALSE(c.qop_auth);
	EXPECT_TRUE(scan({"Digest nonce=n, algorithm=MD5-sess"}).sess);
}

TEST(DigestChallenge, WhatCannotBeAnswered)
{
	for (const std::string &field :
	     {std::string(), std::string("Digest"), std::string("Digest realm=\"x\""),
	      std::string("Digest nonce=\"\""),
	      std::string("Digest nonce=\"unclosed"),
	      std::string("Digest nonce=n, qop=\"auth-int\""),
	      std::string("Digest nonce=n, algorithm=SHA-512-256"),
	      std::string("Digest nonce=n, realm=\"a\\\"b\""),
	      "Digest nonce=\"" + std::string(257, 'n') + "\"",
	      "Digest nonce=n, realm=\"" + std::string(129, 'r') + "\"",
	      "Digest nonce=n, opaque=\"" + std::string(129, 'o') + "\"",
	      std::string("realm=a, nonce=b"), std::string("\"\\")})
		EXPECT_FALSE(scan({field}).digest) << field;
	EXPECT_TRUE(scan({"Digest nonce=\"" + std::string(256, 'n') + "\""}).digest);
}

// Answers with the number of the call, spelled out in every octet.
struct Notes {
	std::vector<std::string> hashed;
	std::vector<int> algorithms;
	int fail_at = -1;
};

int note(void *arg, mprox_algorithm algorithm, const mprox_part *parts,
	 size_t nr, u8 *out)
{
	auto *notes = static_cast<Notes *>(arg);
	std::string all;

	for (size_t i = 0; i < nr; i++)
		all.append(static_cast<const char *>(parts[i].data),
			   parts[i].len);
	notes->hashed.push_back(all);
	notes->algorithms.push_back(algorithm);
	memset(out, 0xa0 + static_cast<int>(notes->hashed.size()),
	       algorithm == MPROX_SHA256 ? 32 : 16);
	return static_cast<int>(notes->hashed.size()) == notes->fail_at ? -5 : 0;
}

struct Answer {
	int result;
	std::string value;
	Notes notes;
};

Answer answer(const mprox_challenge &c, std::string_view user, u32 nc = 1,
	      int fail_at = -1)
{
	Password p{text(user), text("Circle")};
	mprox_cred cred = p.cred();
	u8 buf[2048];
	mprox_writer w{buf, sizeof(buf), 0};
	Answer a{};

	a.notes.fail_at = fail_at;
	a.result = mprox_digest_answer(&w, &c, &cred, &kV4, nc,
		reinterpret_cast<const u8 *>("0123456789abcdef"), note, &a.notes);
	a.value.assign(buf, buf + w.len);
	return a;
}

std::string hex(const char *pair, size_t octets)
{
	std::string out;

	for (size_t i = 0; i < octets; i++)
		out += pair;
	return out;
}

// RFC 7616, 3.4.
TEST(DigestAnswer, WithQop)
{
	Answer a = answer(scan({"Digest realm=\"r\", nonce=\"n\", qop=\"auth\", "
				"opaque=\"o\\\"p\""}), "Mufasa", 0x1f);

	EXPECT_EQ(a.result, 0);
	ASSERT_EQ(a.notes.hashed.size(), 3u);
	EXPECT_EQ(a.notes.hashed[0], "Mufasa:r:Circle");
	EXPECT_EQ(a.notes.hashed[1], "CONNECT:192.0.2.7:8080");
	EXPECT_EQ(a.notes.hashed[2], hex("a1", 16) +
		  ":n:0000001f:0123456789abcdef:auth:" + hex("a2", 16));
	EXPECT_EQ(a.value, "Digest username=\"Mufasa\", realm=\"r\", nonce=\"n\", "
		  "uri=\"192.0.2.7:8080\", response=\"" + hex("a3", 16) +
		  "\", cnonce=\"0123456789abcdef\", qop=auth, nc=0000001f, "
		  "opaque=\"o\\\"p\"");
}

TEST(DigestAnswer, SessionAndSha256)
{
	Answer a = answer(scan({"Digest realm=\"r\", nonce=\"n\", qop=auth, "
				"algorithm=SHA-256-sess"}), "M");

	ASSERT_EQ(a.notes.hashed.size(), 4u);
	EXPECT_EQ(a.notes.hashed[1],
		  hex("a1", 32) + ":n:0123456789abcdef");
	EXPECT_EQ(a.notes.algorithms[0], MPROX_SHA256);
	EXPECT_NE(a.value.find("response=\"" + hex("a4", 32) +
			       "\", algorithm=SHA-256-sess, cnonce="),
		  std::string::npos) << a.value;
	EXPECT_NE(answer(scan({"Digest nonce=n, algorithm=MD5-sess"}), "M")
			  .value.find("algorithm=MD5-sess, cnonce="),
		  std::string::npos);
}

TEST(DigestAnswer, WithoutQop)
{
	Answer a = answer(scan({"Digest realm=\"r\", nonce=\"n\""}), "M");

	EXPECT_EQ(a.notes.hashed[2], hex("a1", 16) + ":n:" + hex("a2", 16));
	EXPECT_EQ(a.value.find("nc="), std::string::npos);
	EXPECT_EQ(a.value.find("cnonce="), std::string::npos);
}

TEST(DigestAnswer, UserIsEscapedOnTheLineOnly)
{
	Answer a = answer(scan({"Digest realm=\"r\", nonce=\"n\""}), "a\"\\b");

	EXPECT_EQ(a.notes.hashed[0], "a\"\\b:r:Circle");
	EXPECT_TRUE(a.value.starts_with("Digest username=\"a\\\"\\\\b\", "));
}

TEST(DigestAnswer, LengthDependsOnNothingThatChanges)
{
	mprox_challenge c = scan({"Digest realm=r, nonce=n, qop=auth"});

	EXPECT_EQ(answer(c, "u", 1).value.size(),
		  answer(c, "u", 0xffffffff).value.size());
}

TEST(DigestAnswer, AHashThatFails)
{
	for (int at = 1; at <= 4; at++)
		EXPECT_EQ(answer(scan({"Digest nonce=n, algorithm=MD5-sess"}),
				 "u", 1, at).result, -5);
}

// RFC 9110, 5.6.4: nothing of a user may end the line that it is in.
TEST(DigestAnswer, AUserThatNoFieldCanHold)
{
	mprox_challenge c = scan({"Digest nonce=n"});

	for (int octet = 0; octet < 256; octet++) {
		bool control = octet < ' ' || octet == 0x7f;
		Answer a = answer(c, std::string("a") +
				     static_cast<char>(octet));

		EXPECT_EQ(a.result, control ? -EINVAL : 0) << octet;
		EXPECT_EQ(a.value.empty(), control) << octet;
	}
}

// Not all that is between two commas is what it seems to be.
TEST(DigestChallenge, QuotedTextIsNotRead)
{
	mprox_challenge c = scan({"Digest realm=\"Basic, Digest nonce=x\", "
				  "nonce=\"a, qop=auth, \\\" stale=true\""});

	EXPECT_TRUE(c.digest);
	EXPECT_FALSE(c.basic || c.qop_auth || c.stale);
	EXPECT_EQ(realm(c), "Basic, Digest nonce=x");
	EXPECT_EQ(nonce(c), "a, qop=auth, \\\" stale=true");
}

TEST(DigestChallenge, OthersParametersAreNotTaken)
{
	mprox_challenge c = scan({"Digest nonce=\"n\", realm=\"r\", "
				  "Other nonce=\"x\", opaque=\"y\", qop=auth",
				  "nonce=\"z\", Basic realm=\"b\""});

	EXPECT_TRUE(c.digest && c.basic);
	EXPECT_FALSE(c.has_opaque || c.qop_auth);
	EXPECT_EQ(nonce(c) + realm(c), "nr");
}

// What one challenge said does not cling to the next.
TEST(DigestChallenge, EachBeginsAnew)
{
	mprox_challenge c = scan({"Digest nonce=a, realm=r, opaque=o, stale=true, "
				  "qop=\"auth-int\", algorithm=MD5-sess, "
				  "Digest nonce=b, Digest nonce=c"});

	EXPECT_TRUE(c.digest);
	EXPECT_FALSE(c.sess || c.stale || c.has_opaque || c.qop_auth);
	EXPECT_EQ(nonce(c) + realm(c) + opaque(c), "b");
	EXPECT_EQ(nonce(scan({"Digest nonce=a, algorithm=MD4, Digest nonce=b"})),
		  "b");
}

TEST(DigestChallenge, LongestOfEach)
{
	mprox_challenge c = scan({"Digest nonce=" + std::string(256, 'n') +
		",realm=" + std::string(128, 'r') + ",opaque=" +
		std::string(128, 'o')});

	EXPECT_TRUE(c.digest);
	EXPECT_EQ(nonce(c), std::string(256, 'n'));
	EXPECT_EQ(realm(c), std::string(128, 'r'));
	EXPECT_EQ(opaque(c), std::string(128, 'o'));
}

} // namespace
} // namespace digest
