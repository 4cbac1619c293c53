// SPDX-License-Identifier: GPL-2.0-or-later
#include "version.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <linux/mutex_proxy.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.hpp"
#include "fd.hpp"

namespace {

constexpr const char *kSame = "same";
constexpr const char *kDiffers = "differs";
constexpr const char *kNotLoaded = "not loaded";

/// Asks for a list without room for anything.
int errno_of_call(const std::string &device) {
    const mprox::Fd fd(open(device.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd)
        return errno;
    mutex_proxy_list list = {};
    list.context_size = sizeof(mutex_proxy_context);
    return ioctl(fd.get(), MUTEX_PROXY_IOC_LIST, &list) < 0 ? errno : 0;
}

/// The contract comes with the version: modules of the same one have the same.
std::string uapi_of(const Module &module, const std::string &program) {
    if (!module.is_loaded)
        return "";
    return module.version == program ? std::to_string(MUTEX_PROXY_CONFIG_VERSION) : "unknown";
}

std::string text_of_answer(const Module &module) {
    return module.answer ? std::string("does not answer: ") + std::strerror(module.answer) : "answers";
}

} // namespace

Module look_at_module(const Places &places) {
    Module module;
    module.is_loaded = access(places.sys.c_str(), F_OK) == 0;
    std::ifstream(places.sys + "/version") >> module.version;
    module.answer = errno_of_call(places.device);
    return module;
}

std::string verdict_of(const Versions &versions) {
    if (!versions.module.is_loaded)
        return kNotLoaded;
    return versions.module.version == versions.program ? kSame : kDiffers;
}

std::string advice_for(const Versions &versions) {
    const auto verdict = verdict_of(versions);
    if (verdict == kNotLoaded)
        return "load it with 'modprobe mutex_proxy', as root; 'mprox doctor' says what is in the way";
    if (verdict == kDiffers)
        return "install programs and module of one version, then, as root: 'modprobe -r mutex_proxy; modprobe "
               "mutex_proxy'";
    return "";
}

Json json_of(const Versions &versions) {
    const auto &module = versions.module;
    const auto uapi = uapi_of(module, versions.program);
    Json said;
    said["program"] = {{"version", versions.program}, {"uapi", MUTEX_PROXY_CONFIG_VERSION}};
    said["module"] = {{"loaded", module.is_loaded},
                      {"version", module.version.empty() ? Json() : Json(module.version)},
                      {"uapi", uapi.empty() || uapi == "unknown" ? Json() : Json(MUTEX_PROXY_CONFIG_VERSION)},
                      {"answers", module.is_loaded && module.answer == 0}};
    said["verdict"] = verdict_of(versions);
    said["advice"] = advice_for(versions);
    return said;
}

std::string text_of(const Versions &versions) {
    const auto &module = versions.module;
    const auto verdict = verdict_of(versions);
    const auto advice = advice_for(versions);
    std::string text = "mprox    " + versions.program + ", uapi " + std::to_string(MUTEX_PROXY_CONFIG_VERSION) + "\n";
    text += "module   " + (module.is_loaded ? (module.version.empty() ? "unknown" : module.version) + ", uapi " +
                                                  uapi_of(module, versions.program) + ", " + text_of_answer(module)
                                            : std::string("not loaded")) + "\n";
    text += "verdict  " + coloured(verdict, verdict == kSame ? Colour::green : Colour::red) +
            (advice.empty() ? "" : ": " + advice) + "\n";
    return text;
}

void add_version(CLI::App &app, Task &task) {
    auto *command = add_command(app, "version", "of the programs and of the module, and whether they go together");
    auto json = std::make_shared<bool>(false);
    add_json(*command, *json);
    command->callback([&task, json] {
        task = [json]() -> mprox::Result<int> {
            const Versions versions{.module = look_at_module()};
            const bool told = *json ? print(json_of(versions)) : print(text_of(versions));
            return !told ? static_cast<int>(failed) : verdict_of(versions) == kSame ? fine : found;
        };
    });
}
