// SPDX-License-Identifier: GPL-2.0-or-later
#include "similar.hpp"

#include <algorithm>

namespace mprox {
namespace {

/// Optimal string alignment (Damerau and Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); i++)
        cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); j++)
        cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); i++)
        for (std::size_t j = 1; j <= b.size(); j++) {
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[a.size()][b.size()];
}

} // namespace

std::string similar(std::string_view word, const std::vector<std::string> &known) {
    constexpr std::size_t kLongest = 64; // nothing that we know is longer
    constexpr std::size_t kNear = 2;
    std::string best;
    std::size_t least = kNear + 1;
    if (word.size() > kLongest)
        return best;
    for (const auto &name : known)
        if (const auto differences = distance(word, name); differences < least && differences < name.size()) {
            least = differences;
            best = name;
        }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string> &known, const std::string &otherwise) {
    const auto near = similar(word, known);
    return near.empty() ? otherwise : "did you mean '" + near + "'?";
}

} // namespace mprox
