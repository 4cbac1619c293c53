// SPDX-License-Identifier: GPL-2.0-or-later
#include "toml_reader.hpp"

#include <algorithm>
#include <fstream>
#include <vector>

namespace mprox {
namespace {

/// The known key that differs least from @p key, if it is near.
std::string similar(const Handlers &handlers, std::string_view key) {
    std::string best;
    std::size_t least = 3;
    for (const auto &[name, handler] : handlers) {
        std::vector<std::size_t> row(name.size() + 1);
        for (std::size_t j = 0; j < row.size(); j++)
            row[j] = j;
        for (std::size_t i = 1; i <= key.size(); i++) {
            std::size_t diagonal = row[0]++;
            for (std::size_t j = 1; j <= name.size(); j++) {
                const std::size_t cost = diagonal + (key[i - 1] != name[j - 1]);
                diagonal = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, cost});
            }
        }
        if (row.back() < least) {
            least = row.back();
            best = name;
        }
    }
    return best;
}

} // namespace

void read_table(Reader &reader, const toml::table &table, const Handlers &handlers) {
    for (const auto &[key, node] : table) {
        const auto handler = handlers.find(std::string_view(key.str()));
        if (handler != handlers.end()) {
            handler->second(node, key.str());
            continue;
        }
        const auto near = similar(handlers, key.str());
        reader.fail(node, key.str(), "no such key", near.empty() ? "" : "did you mean '" + near + "'?");
    }
}

std::optional<std::string> read_secret(Reader &reader, const toml::node &node, std::string_view key) {
    const auto path = reader.string(node, key);
    std::string line;
    if (!path)
        return {};
    std::ifstream file(*path);
    if (!std::getline(file, line)) {
        reader.fail(node, key, "cannot read a password from '" + *path + "'");
        return {};
    }
    return line;
}

} // namespace mprox
