# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For cases that have a mprox() of their own: what it says is in /tmp/said, its errors in
# /tmp/err, its status in $RC.
# shellcheck disable=SC2034
MPROX=${MPROX_RUN%/launcher/mprox-run}/mprox/mprox

# status WANTED ARGS...
status() {
	local wanted=$1; shift
	mprox "$@"
	expect_eq "$RC" "$wanted" "status of mprox $*: $(cat /tmp/said /tmp/err)"
}

# json FILTER ARGS...: the filter of jq holds
json() {
	local filter=$1; shift
	status 0 "$@" --json
	jq -e "$filter" /tmp/said >/dev/null || fail "mprox $* --json: not so: $filter: $(cat /tmp/said)"
}

# holds FILTER ARGS...: likewise, without a word
holds() {
	local filter=$1; shift
	mprox "$@" --json
	[ "$RC" = 0 ] && jq -e "$filter" /tmp/said >/dev/null
}
