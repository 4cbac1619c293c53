// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel says has happened: one record of MUTEX_PROXY_IOC_EVENTS or _FLOWS.
#pragma once

#include <cstdint>
#include <linux/mutex_proxy.h>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mprox {

/// Names are octets that anybody may have chosen: nothing here takes them for text.
struct Event {
    Event();

    mutex_proxy_event head = {}; ///< what an older kernel does not tell is not known
    std::string name;
    std::string executable;

    [[nodiscard]] std::string program() const; ///< the thread's name
    [[nodiscard]] bool has_server() const { return head.via.family != 0; }
};

/// The first record of @p octets, which lose it. Nothing: there is none, or it is broken, and
/// then what follows cannot be found either: all octets are lost.
std::optional<Event> take_event(std::span<const std::uint8_t> &octets);

/// What has happened, for people, in one line without time and program:
/// "hidden.test:80: proxy 192.0.2.1:1080 does not take this user and password".
std::string sentence_of(const Event &event);

/// "hidden.test:80", "[2001:db8::1]:443/udp"; empty: it has none.
std::string destination_text(const Event &event);

/// "192.0.2.1:1080"; empty: none.
std::string server_address(const Event &event);

/// A line of a log: "TIME KIND PROGRAM[PROCESS] SENTENCE: ERRNO", with a "-" for who is not
/// known. Octets of names that are no printable ASCII, the blank and the backslash are \ddd.
std::string text_of(const Event &event);

/// One JSON object in one line; its keys stand in docs/EVENTS.md. Octets of names are
/// characters of the same number: \u00XX from 0x7f on.
std::string json_of(const Event &event);

/// "ECONNREFUSED"
std::string errno_word(int error);

/// A name as the log of queries has it (RFC 1035, 5.1): no octet of it ends a word or a line.
std::string printable(std::string_view octets);

/// How much an event of that kind is worth: LOG_WARNING, LOG_NOTICE, LOG_INFO or LOG_DEBUG of
/// syslog(3).
int priority_of(unsigned kind);

/// What only earlier records of a connection tell (who it is for, the name, the server that
/// has taken it), told with the later ones, too.
class EventJoiner {
  public:
    static constexpr std::size_t kBound = 65536;

    /// Of more connections than @p bound the one that was opened first is forgotten.
    explicit EventJoiner(std::size_t bound = kBound) : bound_(bound) {}

    void join(Event &event);
    [[nodiscard]] std::size_t size() const { return known_.size(); }

  private:
    struct Key {
        std::uint32_t context;
        std::uint64_t flow;
        bool operator==(const Key &) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key &key) const { return key.flow * 0x9e3779b97f4a7c15U ^ key.context; }
    };
    struct Known {
        Event event;
        std::list<Key>::iterator age;
    };

    void remember(const Key &key, const Event &event);
    void forget(const Key &key);

    std::size_t bound_;
    std::list<Key> ages_; ///< the oldest first
    std::unordered_map<Key, Known, Hash> known_;
};

} // namespace mprox
