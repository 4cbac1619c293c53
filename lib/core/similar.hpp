// SPDX-License-Identifier: GPL-2.0-or-later
// What somebody may have meant who misspelt a word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mprox {

/// The one of @p known that differs least from @p word, if it is near; else empty. A
/// letter too many, too few or wrong, or two that have changed places, is one difference.
std::string similar(std::string_view word, const std::vector<std::string> &known);

/// "did you mean 'word'?"; @p otherwise if nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string> &known,
                         const std::string &otherwise = "");

} // namespace mprox
