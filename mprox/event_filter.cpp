// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_filter.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <sstream>
#include <syslog.h>

#include "output.hpp"
#include "reason.hpp"
#include "similar.hpp"

using mprox::Error;
using mprox::Event;
using mprox::Result;
using mprox::Status;

namespace {

constexpr std::uint32_t bit(unsigned kind) { return 1U << kind; }

/// What a reader may ask for.
constexpr std::uint32_t kAll = (bit(MUTEX_PROXY_EVENT_KINDS) - 1) & ~bit(MUTEX_PROXY_EVENT_LOST) & ~bit(MUTEX_PROXY_EVENT_FLOW);
/// What a connection's earlier records say of its later ones.
constexpr std::uint32_t kJoined = bit(MUTEX_PROXY_EVENT_OPEN) | bit(MUTEX_PROXY_EVENT_PROXIED);
constexpr std::uint32_t kOfConnection = bit(MUTEX_PROXY_EVENT_ATTEMPT) | bit(MUTEX_PROXY_EVENT_FAILED) |
                                        bit(MUTEX_PROXY_EVENT_PROXIED) | bit(MUTEX_PROXY_EVENT_CLOSED);

struct Level {
    const char *word;
    int priority;
};
constexpr std::array kLevels = {Level{"warning", LOG_WARNING}, Level{"notice", LOG_NOTICE}, Level{"info", LOG_INFO}};

/// An address of IPv6 has brackets, which are no set of characters.
std::string pattern_of(const std::string &text) {
    std::string pattern;
    for (const char c : text)
        pattern += c == '[' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    return pattern;
}

std::string value_in(const Json &event, const std::string &key) {
    const auto found = event.find(key);
    if (found == event.end())
        return "";
    return found->is_string() ? found->get<std::string>() : found->dump();
}

} // namespace

Status EventFilter::take_kinds(const std::vector<std::string> &words) {
    std::vector<std::string> known;
    for (unsigned kind = 0; kind < MUTEX_PROXY_EVENT_KINDS; kind++)
        known.push_back(kAll & bit(kind) ? mprox::event_word(kind) : "");
    std::uint32_t kinds = 0;
    for (const auto &word : words) {
        const auto found = std::find(known.begin(), known.end(), word);
        if (word.empty() || found == known.end())
            return Error{"there is no kind of event '" + word + "'",
                         mprox::did_you_mean(word, known, "see KINDS in mprox(1)")};
        kinds |= bit(static_cast<unsigned>(found - known.begin()));
    }
    kinds_ &= kinds;
    return mprox::ok();
}

Status EventFilter::take_level(const std::string &word) {
    const auto *found = std::find_if(kLevels.begin(), kLevels.end(), [&](const Level &level) { return word == level.word; });
    if (found == kLevels.end())
        return Error{"there is no level '" + word + "'", "say warning, notice or info"};
    for (unsigned kind = 0; kind < MUTEX_PROXY_EVENT_KINDS; kind++)
        if (mprox::priority_of(kind) > found->priority)
            kinds_ &= ~bit(kind);
    return mprox::ok();
}

Status EventFilter::take_terms(const std::string &text) {
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        const auto equal = word.find('=');
        if (equal == std::string::npos || equal == 0)
            return Error{"'" + word + "' is no filter", "say KEY=VALUE or KEY!=VALUE: 'reason=port'"};
        const bool differs = word[equal - 1] == '!';
        const auto key = word.substr(0, equal - (differs ? 1 : 0));
        if (std::find(kFilterKeys.begin(), kFilterKeys.end(), key) == kFilterKeys.end())
            return Error{"events have no key '" + key + "'",
                         mprox::did_you_mean(key, {kFilterKeys.begin(), kFilterKeys.end()}, "see FILTERS in mprox(1)")};
        terms_.push_back({key, pattern_of(word.substr(equal + 1)), differs});
    }
    return mprox::ok();
}

bool EventFilter::matches(const Event &event) const {
    if (event.head.kind == MUTEX_PROXY_EVENT_LOST)
        return true;
    // A newer kernel may have kinds that are not known here.
    if (event.head.kind >= 32 || !(kinds_ & bit(event.head.kind)))
        return false;
    if (terms_.empty())
        return true;
    const auto json = Json::parse(mprox::json_of(event));
    return std::all_of(terms_.begin(), terms_.end(), [&](const Term &term) {
        return (fnmatch(term.pattern.c_str(), value_in(json, term.key).c_str(), 0) != 0) == term.differs;
    });
}

Result<std::uint32_t> EventFilter::kernel_kinds() const {
    if (kinds_ == ~0U)
        return 0U;
    const auto kinds = kinds_ & kAll;
    if (!kinds)
        return Error{"no kind of event is left to be told", "name other kinds, or a lower level"};
    return kinds & kOfConnection ? kinds | kJoined : kinds;
}
