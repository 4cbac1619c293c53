// SPDX-License-Identifier: GPL-2.0-or-later
// HTTP Digest with real hashes. The formulas of RFC 7616 are written down once
// more, over OpenSSL; they must give the RFC's own examples, and then what the
// answer must hold.
#include <openssl/evp.h>

#include "digest_driver.h"

namespace digest {
namespace {

const EVP_MD *hash_of(mprox_algorithm algorithm)
{
	return algorithm == MPROX_SHA256 ? EVP_sha256() : EVP_md5();
}

// What the kernel does with its own hashes.
int hash_parts(void *, mprox_algorithm algorithm, const mprox_part *parts,
	       size_t nr, u8 *out)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = EVP_DigestInit_ex(context, hash_of(algorithm), nullptr);

	for (size_t i = 0; i < nr; i++)
		good = good && EVP_DigestUpdate(context, parts[i].data,
						parts[i].len);
	good = good && EVP_DigestFinal_ex(context, out, nullptr);
	EVP_MD_CTX_free(context);
	return good ? 0 : -EIO;
}

std::string hashed(mprox_algorithm algorithm, const std::string &text)
{
	u8 out[EVP_MAX_MD_SIZE];
	unsigned int len;
	std::string hex;
	char pair[3];

	EVP_Digest(text.data(), text.size(), out, &len, hash_of(algorithm),
		   nullptr);
	for (unsigned int i = 0; i < len; i++) {
		snprintf(pair, sizeof(pair), "%02x", out[i]);
		hex += pair;
	}
	return hex;
}

struct Login {
	mprox_algorithm algorithm;
	bool sess, qop;
	std::string user, realm, pass, method, uri, nonce, nc, cnonce;
};

// RFC 7616, 3.4.1 to 3.4.3.
std::string response(const Login &l)
{
	auto H = [&](const std::string &text) {
		return hashed(l.algorithm, text);
	};
	std::string a1 = l.user + ":" + l.realm + ":" + l.pass;
	std::string a2 = l.method + ":" + l.uri;

	if (l.sess)
		a1 = H(a1) + ":" + l.nonce + ":" + l.cnonce;
	return H(H(a1) + ":" + l.nonce + ":" +
		 (l.qop ? l.nc + ":" + l.cnonce + ":auth:" : "") + H(a2));
}

// RFC 7616, 3.9.1.
TEST(DigestVectors, ExamplesOfRfc7616)
{
	Login l{MPROX_MD5, false, true, "Mufasa", "http-auth@example.org",
		"Circle of Life", "GET", "/dir/index.html",
		"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "00000001",
		"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"};

	EXPECT_EQ(response(l), "8ca523f5e9506fed4657c9700eebdbec");
	l.algorithm = MPROX_SHA256;
	EXPECT_EQ(response(l), "753927fa0e85d155564e2e272a28d180"
			       "2ca10daf4496794697cf8db5856cb6c1");
}

// RFC 2617, 3.5.
TEST(DigestVectors, ExampleOfRfc2617)
{
	EXPECT_EQ(response({MPROX_MD5, false, true, "Mufasa",
			    "testrealm@host.com", "Circle Of Life", "GET",
			    "/dir/index.html",
			    "dcd98b7102dd2f0e8b11d0f600bfb0c093", "00000001",
			    "0a4f113b"}),
		  "6629fae49393a05397450978507c4ef1");
}

constexpr char kCnonce[] = "0a4f113b0a4f113b";

std::string answer(const mprox_challenge &c, const Password &password,
		   const mprox_target &to, u32 nc)
{
	const mprox_cred cred = password.cred();
	const u8 *cnonce = reinterpret_cast<const u8 *>(kCnonce);
	mprox_writer w{nullptr, 0, 0};

	EXPECT_EQ(mprox_digest_answer(&w, &c, &cred, &to, nc, cnonce,
				      hash_parts, nullptr), 0);
	std::string out(w.len, '?');
	w = {reinterpret_cast<u8 *>(out.data()), out.size(), 0};
	EXPECT_EQ(mprox_digest_answer(&w, &c, &cred, &to, nc, cnonce,
				      hash_parts, nullptr), 0);
	EXPECT_EQ(w.len, out.size());
	return out;
}

// The value of a parameter of an answer.
std::string value_of(const std::string &answer, const std::string &name)
{
	size_t at = answer.find(", " + name + "=\"");

	if (at == std::string::npos)
		return "none";
	at += name.size() + 4;
	return answer.substr(at, answer.find('"', at) - at);
}

struct Kind {
	const char *name;
	mprox_algorithm algorithm;
	bool sess;
};
constexpr Kind kKinds[] = {{"MD5", MPROX_MD5, false},
			   {"MD5-sess", MPROX_MD5, true},
			   {"SHA-256", MPROX_SHA256, false},
			   {"SHA-256-sess", MPROX_SHA256, true}};
const std::string kName(255, 'n');
const std::pair<mprox_target, std::string> kTargets[] = {
	{kV4, "192.0.2.7:8080"},
	{kV6, "[2001:db8:102:304:506:708:90a:b0c]:443"},
	{named("a.example", 65535), "a.example:65535"},
	{named(kName, 1), kName + ":1"}};

TEST(DigestVectors, AnswersAgree)
{
	const Password password{text("Mufasa"), text("Circle of Life")};

	for (const Kind &kind : kKinds)
		for (bool qop : {false, true})
			for (const auto &[to, uri] : kTargets) {
				mprox_challenge c = scan({
					"Digest realm=\"a b\", nonce=\"n+/=\", "
					"algorithm=" + std::string(kind.name) +
					(qop ? ", qop=\"auth\"" : "")});
				std::string got = answer(c, password, to, 0xabc);

				EXPECT_EQ(value_of(got, "uri"), uri);
				EXPECT_EQ(value_of(got, "response"),
					  response({kind.algorithm, kind.sess,
						    qop, "Mufasa", "a b",
						    "Circle of Life", "CONNECT",
						    uri, "n+/=", "00000abc",
						    kCnonce})) << got;
			}
}

// What is sent back, read as if it were a challenge, is what was asked.
TEST(DigestVectors, AnswersEchoTheChallenge)
{
	const Password password{text("a\"b\\"), text("p")};

	for (const Kind &kind : kKinds)
		for (const char *more : {"", ", qop=\"auth\"", ", opaque=\"\"",
					 ", opaque=\"a\\\"\", qop=\"auth\""}) {
			mprox_challenge c = scan({
				"Digest realm=\"r\", nonce=\"n\\\\\", algorithm=" +
				std::string(kind.name) + more});
			mprox_challenge echo = scan({answer(c, password, kV4, 1)});

			EXPECT_TRUE(c.digest);
			EXPECT_EQ(memcmp(&c, &echo, sizeof(c)), 0)
				<< kind.name << more;
		}
}

} // namespace
} // namespace digest
