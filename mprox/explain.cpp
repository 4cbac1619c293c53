// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <netdb.h>
#include <nss.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.hpp"
#include "fd.hpp"
#include "in_force.hpp"
#include "wanted_plan.hpp"

using mprox::Address;
using mprox::Error;
using mprox::Result;

namespace {

/// Of the settings of mprox-run, those that the answer depends on.
constexpr std::array<std::string_view, 8> kKeys = {"chain", "strategy",   "bypass",           "local",
                                                   "dns",   "dns_server", "dns_server_direct", "udp"};

/// An IPv4 address in IPv6 clothes is one of IPv4; none at all is this machine's.
Address as_connected(const Address &address) {
    const auto *in6 = reinterpret_cast<const in6_addr *>(address.bytes.data());
    if (address.family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(in6)) {
        Address inner{.family = AF_INET};
        std::copy_n(address.bytes.begin() + 12, 4, inner.bytes.begin());
        return as_connected(inner);
    }
    if (std::all_of(address.bytes.begin(), address.bytes.end(), [](auto octet) { return octet == 0; }))
        return *mprox::parse_address(address.family == AF_INET ? "127.0.0.1" : "::1");
    return address;
}

/// The word without "/udp" or "/tcp" behind it.
Result<std::string_view> take_proto(std::string_view text, Destination &to) {
    const auto slash = text.rfind('/');
    if (slash == std::string_view::npos)
        return text;
    const auto proto = text.substr(slash + 1);
    if (proto != "udp" && proto != "tcp")
        return Error{"'" + std::string(text) + "' is no destination", "write HOST[:PORT], and /udp behind it for datagrams"};
    to.proto = proto == "udp" ? IPPROTO_UDP : IPPROTO_TCP;
    return text.substr(0, slash);
}

mprox::Status take_port(std::string_view text, Destination &to) {
    std::uint64_t port = 0;
    if (!mprox::parse_number(text, 1, 65535, port))
        return Error{"'" + std::string(text) + "' is no port", "use a number from 1 to 65535"};
    to.port = static_cast<std::uint16_t>(port);
    to.has_port = true;
    return mprox::ok();
}

constexpr std::uint16_t kAnyPort = 9; // RFC 863; nothing is sent to it

/// The source that its route has is the address itself. No packet is sent for that.
bool stays(const Address &address) {
    const mprox::Fd fd(socket(address.family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    auto to = mprox::to_sockaddr({address, kAnyPort});
    socklen_t len = sizeof(to);
    if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr *>(&to), len) != 0)
        return false;
    sockaddr_storage from = {};
    return getsockname(fd.get(), reinterpret_cast<sockaddr *>(&from), &len) == 0 &&
           mprox::from_sockaddr(reinterpret_cast<const sockaddr &>(from)).bytes == address.bytes;
}

std::vector<Address> in_hosts(const std::string &name) {
    // Nothing that this process resolves from here on leaves it.
    __nss_configure_lookup("hosts", "files");
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *list = nullptr;
    if (getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0)
        return {};
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
    std::vector<Address> found;
    for (const auto *entry = list; entry; entry = entry->ai_next)
        if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
            found.push_back(mprox::from_sockaddr(*entry->ai_addr));
    return found;
}

struct Words : PlanOptions {
    std::string scope; ///< empty: by the settings
    std::vector<std::string> destinations;
    bool json = false;
};

/// Who has written --udp may have meant what he asks about.
Error with_advice(Error error) {
    if (error.what.starts_with("--udp: "))
        error.advice += "; to ask about datagrams, write HOST:PORT/udp";
    return error;
}

Result<mprox::Plan> plan_of(Words &words) {
    if (words.scope.empty())
        return words.plan();
    auto in_force = read_in_force(words.scope);
    return in_force ? Result<mprox::Plan>(std::move(in_force->plan)) : in_force.error();
}

Result<int> tell(Words &words) {
    const auto plan = plan_of(words);
    if (!plan)
        return with_advice(plan.error());
    const auto here = look_here();
    Json all = Json::array();
    std::string text;
    for (const auto &word : words.destinations) {
        const auto to = parse_destination(word);
        if (!to)
            return to.error();
        const auto said = explain(*plan, *to, here);
        if (!said)
            return said.error();
        all.push_back(json_of(*said, *plan));
        text += text_of(*said, *plan);
    }
    return (words.json ? print(Json{{"destinations", all}}) : print(text)) ? fine : failed;
}

} // namespace

Here look_here() { return {getuid(), stays, in_hosts}; }

Result<Destination> parse_destination(std::string_view text) {
    Destination to;
    if (text.find("://") != std::string_view::npos)
        return Error{"'" + std::string(text) + "' is a URL", "name its host, and its port if it has one: HOST[:PORT]"};
    const auto place = take_proto(text, to);
    if (!place)
        return place.error();
    if (const auto endpoint = mprox::parse_endpoint(*place, to.port)) {
        to.address = as_connected(endpoint->address);
        to.port = endpoint->port;
        to.has_port = place->ends_with(":" + std::to_string(to.port)) && !mprox::parse_address(*place);
        return to;
    }
    const auto colon = place->find(':');
    if (colon != std::string_view::npos)
        if (auto status = take_port(place->substr(colon + 1), to); !status)
            return status.error().in(std::string(text));
    to.name = place->substr(0, colon);
    if (to.name.ends_with('.'))
        to.name.pop_back();
    const auto is_plain = [](unsigned char c) { return c > ' ' && c < 0x7f; };
    if (to.name.empty() || !std::all_of(to.name.begin(), to.name.end(), is_plain))
        return Error{"'" + std::string(text) + "' is no destination", "write HOST[:PORT]; an international name in its xn-- form"};
    return to;
}

void add_explain(CLI::App &app, Task &task) {
    auto words = std::make_shared<Words>();
    auto *command = add_command(app, "explain", "what becomes of a destination: by which rule, through which server, and why");
    words->add(*command, kKeys);
    words->options.add_no_proxy_env(*command);
    const auto settings = command->get_options([](const CLI::Option *option) { return !option->check_lname("help"); });
    auto *scope = command->add_option("--scope", words->scope, "by the policy that this scope has now, and no settings")
                      ->type_name("ID|NAME");
    for (auto *setting : settings)
        scope->excludes(setting);
    command->add_option("destinations", words->destinations, "a name or an address; port 443 if none is named; datagrams with /udp")
        ->type_name("HOST[:PORT][/udp]...")
        ->required();
    add_json(*command, words->json);
    command->callback([&task, words] { task = [words] { return tell(*words); }; });
}
