# SPDX-License-Identifier: GPL-2.0-or-later
# what only the kernel's side can show: KUnit suites of tables, timers, quotas and the kernel's own sockets (kmod/kunit)
# kernel: *-debug
# debug: yes
# capture: no
unload_module
dmesg -C
load_module kunit=1
dmesg | sed 's/^\[[^]]*\] *//' | grep -E '(not )?ok [0-9]+|EXPECT|ASSERT|Expected|==' || true
suites() { dmesg | grep -cE "$1 [0-9]+ -? ?mutex_proxy_[a-z_]+$" || true; }
expect_eq "$(suites '[^t] ok')" 4 "suites that passed"
expect_eq "$(suites 'not ok')" 0 "suites that failed"
