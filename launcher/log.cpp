// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

void set_up_log(const Options &options) {
    spdlog::set_default_logger(spdlog::stderr_color_st("mprox-run"));
    spdlog::set_pattern("%n: %v");
    spdlog::set_level(options.quiet          ? spdlog::level::err
                      : options.verbose >= 2 ? spdlog::level::debug
                      : options.verbose == 1 ? spdlog::level::info
                                             : spdlog::level::warn);
}
