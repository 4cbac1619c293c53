# SPDX-License-Identifier: GPL-2.0-or-later
# what only the kernel's side can show: KUnit suites of the tables (kmod/kunit)
# alone: yes
# kernel: *-debug
# The module has been loaded for this case, and its suites run as it comes.
suites() { dmesg | grep -oE '(not )?ok [0-9]+ -? ?mutex_proxy_[a-z]+' | sort -u; }
all_done() { [ "$(suites | wc -l)" = 2 ]; }
within 30 all_done || fail "no verdict of both suites: $(suites)"
dmesg | grep -E 'ok [0-9]+ -? ?[a-z_]+' | sed 's/^\[[^]]*\] *//'
expect_eq "$(suites | grep -c '^ok')" 2 "suites that passed"
