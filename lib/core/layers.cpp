// SPDX-License-Identifier: GPL-2.0-or-later
#include "layers.hpp"

#include "config_file.hpp"
#include "environment_proxy.hpp"
#include "paths.hpp"
#include "settings.hpp"

namespace mprox {
namespace {

Status lay(Profile &base, Result<Profile> over) {
    if (!over)
        return over.error();
    base = merge(std::move(base), *over);
    return ok();
}

/// What is read unasked; the profile that matches, unless it is the one by name.
Status lay_defaults(Profile &profile, const Request &request, const std::string &named) {
    for (const auto &path : default_configs())
        if (auto status = lay(profile, load_profile(path)); !status)
            return status;
    if (request.program.empty())
        return ok();
    auto found = profile_of_program(request.program);
    if (!found)
        return found.error();
    profile.notes.insert(profile.notes.end(), found->notes.begin(), found->notes.end());
    return found->path.empty() || found->path == named ? ok() : lay(profile, std::move(found->profile));
}

Status lay_environment(Profile &profile, bool honour_no_proxy) {
    if (!profile.proxies.empty())
        return ok();
    auto proxy = proxy_of_environment();
    if (!proxy)
        return proxy.error();
    if (!proxy->url)
        return ok();
    Profile under;
    under.proxies.push_back(*proxy->url);
    note_source(under, proxy->variable);
    if (honour_no_proxy)
        add_no_proxy(under);
    profile = merge(std::move(under), profile);
    return ok();
}

} // namespace

Result<Profile> gather_layers(const Request &request) {
    Profile profile;
    std::string named;
    if (!request.profile_name.empty()) {
        auto path = find_profile(request.profile_name);
        if (!path)
            return path.error();
        named = *path;
    }
    auto status = request.config.empty() ? lay_defaults(profile, request, named) : lay(profile, load_config(request.config));
    if (status && !named.empty())
        status = lay(profile, load_profile(named));
    if (status)
        status = lay(profile, request.options);
    if (status)
        status = lay_environment(profile, request.honour_no_proxy);
    if (!status)
        return status.error();
    return profile;
}

} // namespace mprox
