// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_reader.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.hpp"

namespace mprox {
namespace {

constexpr const char *kBlanks = " \t\r\n";
/// Between a value and the next one, and what the lexer may have looked at behind a number.
constexpr const char *kBetween = " \t\r\n,:]}";
constexpr std::size_t kDepth = 16; // no profile has more than three

/// Walks through the text, and tells how far nlohmann's lexer has come.
class Letters {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char *;
    using reference = const char &;

    Letters(const char *at, std::size_t *count) : at_(at), count_(count) {}
    reference operator*() const { return *at_; }
    Letters &operator++() {
        ++at_;
        ++*count_;
        return *this;
    }
    Letters operator++(int) {
        auto old = *this;
        ++*this;
        return old;
    }
    bool operator==(const Letters &other) const { return at_ == other.at_; }
    bool operator!=(const Letters &other) const { return at_ != other.at_; }

  private:
    const char *at_;
    std::size_t *count_;
};

/// Makes a table of what nlohmann reads.
class Builder : public nlohmann::json_sax<nlohmann::json> {
  public:
    Builder(const std::string &path, const std::string &text, Document &document)
        : path_(path), text_(text), document_(document) {}

    bool null() override { return wrong("null is no value here", "leave the key out"); }
    bool boolean(bool value) override { return add(toml::value<bool>(value)); }
    bool number_integer(std::int64_t value) override { return add(toml::value<std::int64_t>(value)); }
    bool number_unsigned(std::uint64_t value) override {
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return wrong("the number is too large", "no key takes it");
        return number_integer(static_cast<std::int64_t>(value));
    }
    bool number_float(double value, const std::string &) override { return add(toml::value<double>(value)); }
    bool string(std::string &value) override { return add(toml::value<std::string>(value)); }
    bool binary(nlohmann::json::binary_t &) override { return false; }
    bool start_array(std::size_t) override { return open(toml::array()); }
    bool end_array() override { return close(); }
    bool start_object(std::size_t) override {
        if (!open_.empty())
            return open(toml::table());
        open_.push_back(&document_.table);
        return pass();
    }
    bool end_object() override { return close(); }
    bool key(std::string &name) override {
        if (open_.back()->as_table()->contains(name))
            return wrong("'" + name + "' is there twice", "leave one of them out");
        key_ = name;
        return pass();
    }
    bool parse_error(std::size_t position, const std::string &, const nlohmann::json::exception &error) override {
        std::string what = error.what(); // "[json.exception...] parse error at line 1, column 2: ..."
        const auto colon = what.find(": ");
        fail(position ? position - 1 : 0, colon == std::string::npos ? what : what.substr(colon + 2),
             "this is not JSON: see https://json.org");
        return false;
    }

    std::size_t count = 0; ///< octets that the lexer has taken
    std::optional<Error> error;

  private:
    toml::source_position position_of(std::size_t at) const {
        toml::source_position position{1, 1};
        for (std::size_t i = 0; i < at && i < text_.size(); i++) {
            position.column = text_[i] == '\n' ? 1 : position.column + 1;
            position.line += text_[i] == '\n';
        }
        return position;
    }
    [[nodiscard]] std::size_t start() const { return std::min(text_.find_first_not_of(kBetween, last_), text_.size()); }
    bool pass() {
        last_ = count;
        return true;
    }
    void fail(std::size_t at, const std::string &what, const char *advice) {
        const auto where = position_of(at);
        error = Error{path_ + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": " + what, advice};
    }
    bool wrong(const std::string &what, const char *advice) {
        fail(start(), what, advice);
        return false;
    }
    /// The value's place in what is open, which stays where it is from now on.
    template <typename T> toml::node *put(T &&value) {
        auto *table = open_.back()->as_table();
        auto *array = open_.back()->as_array();
        if (table)
            table->insert(key_, std::forward<T>(value));
        else
            array->push_back(std::forward<T>(value));
        auto *node = table ? table->get(key_) : array->get(array->size() - 1);
        document_.positions[node] = position_of(start());
        return node;
    }
    template <typename T> bool add(T &&value) {
        if (open_.empty())
            return wrong("a profile is an object", "write it as { \"proxy\": \"socks5://HOST\" }");
        put(std::forward<T>(value));
        return pass();
    }
    template <typename T> bool open(T &&value) {
        if (open_.empty())
            return add(std::forward<T>(value));
        if (open_.size() == kDepth)
            return wrong("there is too much in each other", "no key takes that");
        open_.push_back(put(std::forward<T>(value)));
        return pass();
    }
    bool close() {
        open_.pop_back();
        return pass();
    }

    const std::string &path_;
    const std::string &text_;
    Document &document_;
    std::vector<toml::node *> open_;
    std::string key_;
    std::size_t last_ = 0; ///< where the value before ends
};

Result<Document> parse_json(const std::string &path, const std::string &text) {
    Document document;
    Builder builder(path, text, document);
    const Letters first(text.data(), &builder.count);
    const Letters last(text.data() + text.size(), &builder.count);
    const bool good = nlohmann::json::sax_parse(first, last, &builder);
    if (builder.error)
        return *builder.error;
    if (!good)
        return Error{path + ": cannot be read as JSON", ""};
    return document; // moved: the positions are those of its nodes
}

Result<Document> parse_toml(const std::string &path, const std::string &text) {
    try {
        return Document{toml::parse(text, path), {}};
    } catch (const toml::parse_error &error) {
        const auto &where = error.source().begin;
        return Error{path + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": " +
                         std::string(error.description()),
                     "this is not TOML: see https://toml.io"};
    }
}

} // namespace

bool is_json(const std::string &text) {
    const auto first = text.find_first_not_of(kBlanks);
    return first != std::string::npos && text[first] == '{';
}

Result<Document> parse_document(const std::string &path, const std::string &text) {
    return is_json(text) ? parse_json(path, text) : parse_toml(path, text);
}

Result<std::string> read_file(const std::string &path) {
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    ssize_t len = fd ? 1 : -1;
    for (char buffer[16384]; len > 0;) {
        len = read(fd.get(), buffer, sizeof(buffer));
        text.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(len, 0)));
    }
    if (len < 0)
        return Error{"cannot read " + path + ": " + std::strerror(errno), "check that it exists and may be read"};
    return text;
}

} // namespace mprox
