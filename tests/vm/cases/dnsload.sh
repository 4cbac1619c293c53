# SPDX-License-Identifier: GPL-2.0-or-later
# many queries at once, many names, and more names than addresses
# timeout: 600
# shellcheck shell=bash
names_behind_proxy
start_target
use_proxy microsocks 4

# load QUERIES PROCESSES NAMES [forgets]: below one mprox-run; what its context
# has counted
load() {
	# shellcheck disable=SC2016
	in_app "$MPROX_RUN" -p /tmp/load.toml -- bash -c '
		"$@" && grep ^dns: /proc/self/fdinfo/$MPROX_FD' - \
		"$BUILD/vm/bin/dnsload" 9.9.9.9 hidden.test "$@"
}

# loaded TEXT QUERIES WHAT: each was answered, and counted as that
loaded() {
	expect_eq "$(tr '\n\t' '  ' <<<"$1")" "$2 answers, $3 dns: queries $2 \
faked $2 empty 0 blocked 0 direct 0 bad 0 " "answers"
}

say "50 processes, 20000 queries, 5000 names"
echo "proxy = \"$PROXY_URL\"" >/tmp/load.toml
loaded "$(load 20000 50 5000)" 20000 "5000 addresses, 198.18.0.1 to 198.18.19.136"

say "50 processes, 10000 queries, 5000 names, 14 addresses"
echo 'dns_range = "198.18.0.0/28"' >>/tmp/load.toml
loaded "$(load 10000 50 5000 forgets)" 10000 "198.18.0.1 to 198.18.0.14"

say "14 addresses, and connections"
mark
in_app "$MPROX_RUN" -p /tmp/load.toml -- \
	/usr/bin/python3 "$VM/clients/dnsrange.py" 7 >"$OUT/connected"
expect_eq "$(lines "$OUT/connected")" 16 "connections"
was_proxied 16
expect_eq "$(sed -n 's/.* connected to \(.*\):7$/\1/p' "$PROXY_LOG")" \
	"$(cat "$OUT/connected")" "what the proxy was asked for"
