// SPDX-License-Identifier: GPL-2.0-or-later
#include "filter_words.hpp"

using mprox::EventFilter;
using mprox::Result;

void add_filter(CLI::App &command, FilterWords &words) {
    command.add_option("--filter", words.filters, "those alone of which it is true; repeatable")
        ->type_name("FILTER")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_kinds(CLI::App &command, FilterWords &words) {
    command.add_option("--kinds", words.kinds, "those alone: failed,refused")
        ->type_name("KIND,...")
        ->delimiter(',')
        ->allow_extra_args(false);
    command.add_option("--level", words.level, "warning, notice, info or debug: what is worth as much, or\nmore")->type_name("LEVEL");
}

Result<EventFilter> filter_of(const FilterWords &words) {
    EventFilter filter;
    auto status = words.kinds.empty() ? mprox::ok() : filter.take_kinds(words.kinds);
    if (status && !words.level.empty())
        status = filter.take_level(words.level);
    for (const auto &text : words.filters)
        if (status)
            status = filter.take_terms(text);
    if (!status)
        return status.error();
    return filter;
}
