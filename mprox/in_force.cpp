// SPDX-License-Identifier: GPL-2.0-or-later
#include "in_force.hpp"

#include "plan_profile.hpp"

using mprox::Result;

Result<InForce> read_in_force(const std::string &which) {
    const auto chosen = look_for({which});
    if (!chosen)
        return chosen.error();
    const auto &context = chosen->front();
    auto fd = open_context(context);
    if (!fd)
        return fd.error();
    auto plan = mprox::read_policy(fd->get());
    if (!plan)
        return plan.error().in("the scope " + label_of(context));
    return InForce{context, std::move(*fd), std::move(*plan)};
}

std::optional<std::string> scope_word_of(const std::string &word) {
    static constexpr std::string_view prefix = "scope:";
    return word.starts_with(prefix) ? std::optional(word.substr(prefix.size())) : std::nullopt;
}

std::string withheld_text(const mprox::Plan &plan) {
    std::string text;
    for (const auto i : mprox::withheld_of(plan)) {
        const auto &server = plan.servers[i];
        text += (text.empty() ? "" : ", ") + mprox::server_type(server) + " " + mprox::server_place(server);
    }
    return text.empty() ? "" : "the kernel does not tell the login or headers that it has for " + text;
}
