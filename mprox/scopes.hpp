// SPDX-License-Identifier: GPL-2.0-or-later
// The contexts that there are, as far as the caller may know of them.
#pragma once

#include <linux/mutex_proxy.h>
#include <string>
#include <vector>

#include "command.hpp"
#include "fd.hpp"
#include "output.hpp"
#include "result.hpp"

using Context = mutex_proxy_context;
using Contexts = std::vector<Context>;

/// Those that @p which names, by name or number, in that order; all if it is empty.
mprox::Result<Contexts> choose(const Contexts &all, const std::vector<std::string> &which);

/// Does @p which name it? It names all if it is empty.
bool is_one_of(const Context &context, const std::vector<std::string> &which);

/// What there is now of them.
mprox::Result<Contexts> look_for(const std::vector<std::string> &which);

/// Why the descriptor of a context that is known of cannot be had.
mprox::Error explain_open(const Context &context, int error);

/// One more descriptor of it. It is closed as soon as may be: it counts as the scope's.
mprox::Result<mprox::Fd> open_context(const Context &context);

/// "7", or "'name' (7)"
std::string label_of(const Context &context);

/// The user's name; his number if he has none.
std::string user_of(unsigned uid);

/// Who names no contexts, and asks for several kinds of output.
struct Asked {
    std::vector<std::string> which;
    bool json = false;
    bool csv = false;

    /// Those that are named must be told of; of all, what some will not tell is a warning.
    [[nodiscard]] bool is_named() const { return !which.empty(); }
};

/// The words ID|NAME..., --json and, if wanted, --csv.
void add_contexts(CLI::App &command, std::vector<std::string> &which);
CLI::Option *add_csv(CLI::App &command, bool &csv);

/// What @p gather has of each context: of those named it must be there, of the others
/// that will not tell there is a warning.
template <typename T, typename Gather>
mprox::Result<std::vector<T>> gather_all(const Asked &asked, Gather gather) {
    const auto contexts = look_for(asked.which);
    if (!contexts)
        return contexts.error();
    std::vector<T> all;
    for (const auto &context : *contexts) {
        auto one = [&]() -> mprox::Result<T> {
            const auto fd = open_context(context);
            if (!fd)
                return fd.error();
            return gather(context, fd->get());
        }();
        if (one)
            all.push_back(std::move(*one));
        else if (asked.is_named())
            return one.error();
        else
            print_warning(one_line(one.error()));
    }
    return all;
}
