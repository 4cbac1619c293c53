// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_filter.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <syslog.h>

#include "reason.hpp"
#include "similar.hpp"

namespace mprox {
namespace {

using Json = nlohmann::ordered_json;

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
constexpr std::array kLevels = {Level{"error", LOG_WARNING}, Level{"warning", LOG_WARNING}, Level{"notice", LOG_NOTICE},
                                Level{"info", LOG_INFO}, Level{"debug", LOG_DEBUG}};

/// A newer kernel may have kinds that are not known here.
constexpr unsigned kUnknown = 31;

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
        known.push_back(kAll & bit(kind) ? event_word(kind) : "");
    std::uint32_t kinds = 0;
    for (const auto &word : words) {
        const auto found = std::find(known.begin(), known.end(), word);
        if (word.empty() || found == known.end())
            return Error{"there is no kind of event '" + word + "'",
                         did_you_mean(word, known, "see docs/EVENTS.md, Kinds")};
        kinds |= bit(static_cast<unsigned>(found - known.begin()));
    }
    kinds_ &= kinds;
    return ok();
}

Status EventFilter::take_level(const std::string &word) {
    const auto *found = std::find_if(kLevels.begin(), kLevels.end(), [&](const Level &level) { return word == level.word; });
    if (found == kLevels.end())
        return Error{"there is no level '" + word + "'", "say error or warning (which are the same), notice, info or debug"};
    for (unsigned kind = 0; kind < MUTEX_PROXY_EVENT_KINDS; kind++)
        if (priority_of(kind) > found->priority)
            kinds_ &= ~bit(kind);
    return ok();
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
                         did_you_mean(key, {kFilterKeys.begin(), kFilterKeys.end()}, "see docs/EVENTS.md, An object of JSON")};
        terms_.push_back({key, pattern_of(word.substr(equal + 1)), differs});
    }
    return ok();
}

bool EventFilter::has_kind(unsigned kind) const {
    return kind == MUTEX_PROXY_EVENT_LOST || kinds_ & bit(std::min(kind, kUnknown));
}

bool EventFilter::has_terms(const Json &event) const {
    return std::all_of(terms_.begin(), terms_.end(), [&](const Term &term) {
        return (fnmatch(term.pattern.c_str(), value_in(event, term.key).c_str(), 0) != 0) == term.differs;
    });
}

bool EventFilter::matches(const Event &event) const {
    const auto kind = event.head.kind;
    return has_kind(kind) && (kind == MUTEX_PROXY_EVENT_LOST || terms_.empty() || has_terms(Json::parse(json_of(event))));
}

bool EventFilter::matches(const Json &event) const {
    const auto word = value_in(event, "kind");
    unsigned kind = 0;
    while (kind < MUTEX_PROXY_EVENT_KINDS && event_word(kind) != word)
        kind++;
    return has_kind(kind < MUTEX_PROXY_EVENT_KINDS ? kind : kUnknown) && (kind == MUTEX_PROXY_EVENT_LOST || has_terms(event));
}

Result<std::uint32_t> EventFilter::kernel_kinds() const {
    if (kinds_ == ~0U)
        return 0U;
    const auto kinds = kinds_ & kAll;
    if (!kinds)
        return Error{"no kind of event is left to be told", "name other kinds, or a lower level"};
    return kinds & kOfConnection ? kinds | kJoined : kinds;
}

} // namespace mprox
