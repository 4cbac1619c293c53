// SPDX-License-Identifier: GPL-2.0-or-later
#include "refusal_text.hpp"

using mprox::Error;

namespace {

std::string advice_for(const mprox_refusal refusal) {
    switch (refusal) {
    case MPROX_REFUSAL_IS_HTTP:
        return "if it is a proxy, write http:// in front of it";
    case MPROX_REFUSAL_IS_SOCKS5:
        return "write socks5:// in front of it";
    case MPROX_REFUSAL_IS_TLS:
        return "TLS to the proxy itself is not spoken: let stunnel carry it, and name http://127.0.0.1:PORT";
    case MPROX_REFUSAL_IS_SSH:
        return "'ssh -D 1080 HOST' makes a proxy of it: socks5://127.0.0.1:1080";
    case MPROX_REFUSAL_LOGIN_WANTED:
        return "name them by -u USER:PASSWORD, or where the proxy is named";
    case MPROX_REFUSAL_LOGIN_WRONG:
        return "check user and password";
    case MPROX_REFUSAL_LOGIN_UNWANTED:
        return "leave them out, or write auth = \"optional\" into its [[server]]";
    case MPROX_REFUSAL_LOGIN_KIND:
        return "let a proxy on this machine that knows it, such as cntlm, log in, and name that";
    case MPROX_REFUSAL_RULE:
        return "it may serve other machines or users only; or certain destinations only: then --check is of no use";
    case MPROX_REFUSAL_PORTAL:
        return "open any page in a browser without mprox-run";
    case MPROX_REFUSAL_BUSY:
        return "try again later";
    default:
        return "check host and port";
    }
}

/// What a refusal of a proxy means to who named it.
Error explain(Chain chain, const mprox_talk &talk, mprox_refusal refusal) {
    const auto &proxy = chain[talk.hop];
    std::string text = text_of(proxy) + " " + mprox_refusal_text(refusal);
    if (talk.hop && (refusal >= MPROX_REFUSAL_IS_HTTP && refusal <= MPROX_REFUSAL_GARBLED))
        text += ", as it is reached through " + text_of(chain[talk.hop - 1U]);
    if (talk.hop + 1U < chain.size() && refusal >= MPROX_REFUSAL_RULE)
        text += "; the next of the chain is " + text_of(chain[talk.hop + 1U]);
    if (proxy.type == MUTEX_PROXY_TYPE_SOCKS4 && refusal == MPROX_REFUSAL_IDENT)
        return {text, "write it as socks4://USER@HOST"};
    return {text, advice_for(refusal)};
}

/// Is it worth asking whether it is something else?
bool is_strange(const mprox_talk &talk, mprox_step step) {
    return step == MPROX_STEP_MALFORMED ? talk.refusal == MPROX_REFUSAL_IS_OTHER || talk.refusal == MPROX_REFUSAL_GARBLED
                                        : step == MPROX_STEP_REFUSED && talk.refusal == MPROX_REFUSAL_NO_CONNECT;
}

} // namespace

Error explain_silence(Chain chain, const mprox_talk &talk, const Error &error, const Deadline &deadline) {
    const bool is_first = talk.hop == 0 && talk.in_len == 0;
    const auto other = is_first ? identify(chain[0], deadline) : MPROX_REFUSAL_NONE;
    if (other)
        return explain(chain, talk, other);
    return {text_of(chain[talk.hop]) + " " + error.what, error.advice.empty() ? advice_for(MPROX_REFUSAL_IS_OTHER) : error.advice};
}

Error explain_refusal(Chain chain, const mprox_talk &talk, mprox_step step, const Deadline &deadline) {
    auto refusal = static_cast<mprox_refusal>(talk.refusal);
    if (talk.hop == 0 && is_strange(talk, step))
        if (const auto other = identify(chain[0], deadline))
            refusal = other;
    return explain(chain, talk, refusal);
}
