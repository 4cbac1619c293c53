// SPDX-License-Identifier: GPL-2.0-or-later
#include "secret.hpp"

#include <algorithm>
#include <cctype>
#include <sys/stat.h>

#include "address.hpp"

namespace mprox {
namespace {

constexpr std::string_view kHidden = "***";

bool is_number(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

/// host, host:port, [address]:port: as far as it is that, the rest hidden. What
/// follows a colon and is no port may be a password.
std::string masked_place(std::string_view text) {
    if (parse_address(text))
        return std::string(text);
    const auto bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos)
        return std::string(kHidden);
    if (bracket && !parse_address(text.substr(1, bracket - 1)))
        return std::string(kHidden) + masked_place(text.substr(bracket + 1));
    const auto colon = text.find_first_of(":/", bracket);
    if (colon == std::string_view::npos)
        return std::string(text);
    const auto rest = text.substr(colon + 1);
    const auto port = rest.substr(0, rest.find_first_of(":/"));
    const auto behind = rest.substr(port.size());
    const std::string start(text.substr(0, colon + 1));
    if (text[colon] == '/' || !is_number(port))
        return start + (rest.empty() ? "" : std::string(kHidden));
    if (behind.size() < 2)
        return start + std::string(port) + std::string(behind);
    return start + std::string(port) + behind[0] + std::string(kHidden);
}

} // namespace

std::string masked(std::string_view text) {
    const auto end = text.find("://");
    const auto scheme = text.substr(0, end);
    const bool has_scheme = end != std::string_view::npos && std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
                                return std::isalnum(c) || c == '+' || c == '-' || c == '.';
                            });
    auto rest = text.substr(has_scheme ? end + 3 : 0);
    std::string start(text.substr(0, has_scheme ? end + 3 : 0));
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        start += std::string(kHidden) + "@";
        rest.remove_prefix(at + 1);
    }
    return "'" + start + masked_place(rest) + "'";
}

bool is_readable_by_others(const std::string &path) {
    struct stat status = {};
    return stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH);
}

} // namespace mprox
