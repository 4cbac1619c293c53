// SPDX-License-Identifier: GPL-2.0-or-later
// Reading a TOML table so that every error names file, line, column and key.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <toml++/toml.h>
#include <vector>

#include "json_reader.hpp"
#include "result.hpp"

namespace mprox {

/// Reads one table. The first error wins; the rest of the reading is void.
class Reader {
  public:
    explicit Reader(std::string path, Document document = {}, std::map<std::string, std::string> files = {})
        : document_(std::move(document)), files_(std::move(files)), path_(std::move(path)) {}

    [[nodiscard]] const std::optional<Error> &error() const { return error_; }
    [[nodiscard]] const std::string &path() const { return path_; }
    [[nodiscard]] const toml::table &table() const { return document_.table; }

    /// Is it about files that are to be, perhaps for somebody else?
    [[nodiscard]] bool is_ahead() const { return !files_.empty(); }

    /// What a file is to hold that is read before those of the disk; nullptr: there is none.
    [[nodiscard]] const std::string *file(const std::string &path) const {
        const auto found = files_.find(path);
        return found == files_.end() ? nullptr : &found->second;
    }

    [[nodiscard]] std::size_t line_of(const toml::node &node) const { return document_.where(node).line; }

    void fail(const toml::node &at, std::string_view key, const std::string &what, const std::string &advice = "") {
        if (error_)
            return;
        const auto where = document_.where(at);
        error_ = Error{path_ + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": " +
                           std::string(key) + ": " + what,
                       advice};
    }

    std::optional<std::string> string(const toml::node &node, std::string_view key) {
        if (const auto *value = node.as_string())
            return value->get();
        fail(node, key, "must be a string");
        return {};
    }

    std::optional<std::int64_t> integer(const toml::node &node, std::string_view key, std::int64_t low,
                                        std::int64_t high) {
        const auto *value = node.as_integer();
        if (value && value->get() >= low && value->get() <= high)
            return value->get();
        fail(node, key, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
        return {};
    }

    std::optional<double> number(const toml::node &node, std::string_view key) {
        if (const auto value = node.value<double>(); value && node.is_number())
            return value;
        fail(node, key, "must be a number");
        return {};
    }

    std::optional<bool> flag(const toml::node &node, std::string_view key) {
        if (const auto *value = node.as_boolean())
            return value->get();
        fail(node, key, "must be true or false");
        return {};
    }

    /// Each element of an array; a single value counts as an array of one.
    void each(const toml::node &node, const std::function<void(const toml::node &)> &use) {
        if (const auto *array = node.as_array())
            for (const auto &element : *array)
                use(element);
        else
            use(node);
    }

    template <typename T> std::optional<T> take(const toml::node &at, std::string_view key, Result<T> result) {
        if (result)
            return std::move(*result);
        fail(at, key, result.error().what, result.error().advice);
        return {};
    }

    /// For the user, if all else is well.
    void note(const std::string &text) { notes_.push_back(text); }
    [[nodiscard]] const std::vector<std::string> &notes() const { return notes_; }

    /// The file itself holds a secret.
    void holds_secret() { secret_ = true; }
    [[nodiscard]] bool has_secret() const { return secret_; }

  private:
    Document document_;
    std::map<std::string, std::string> files_;
    std::vector<std::string> notes_;
    bool secret_ = false;
    std::string path_;
    std::optional<Error> error_;
};

using Handler = std::function<void(const toml::node &, std::string_view)>;
using Handlers = std::map<std::string, Handler, std::less<>>;

/// Gives each key of @p table to its handler; a key without one is an error.
void read_table(Reader &reader, const toml::table &table, const Handlers &handlers);

/// The first line of a file, which a note says if everybody can read it. A relative
/// path is meant from where the TOML file is; "cred:NAME" is a credential of systemd.
std::optional<std::string> read_secret(Reader &reader, const toml::node &node, std::string_view key);

} // namespace mprox
