# SPDX-License-Identifier: GPL-2.0-or-later
# The benchmarks, as a case of the test rig that is in no suite. See vm.
# module: no
# capture: no
# timeout: 3600
# shellcheck shell=bash disable=SC2154

# A capture that runs would be measured with the rest.
end_processes
mkdir -p /results/bench
eval "args=(${BENCH_ARGS-})"
/usr/bin/python3 tests/bench/run --out /results/bench "${args[@]}" 2>&1 |
	tee /results/bench/log
