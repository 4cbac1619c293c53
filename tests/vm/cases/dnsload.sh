# SPDX-License-Identifier: GPL-2.0-or-later
# many queries at once, many names, and more names than addresses
# processors: 2
# once: yes
# timeout: 600
# shellcheck shell=bash
names_behind_proxy
start_target
start_names target $TARGET4 hidden.test $TARGET4
use_proxy microsocks 4

# load QUERIES PROCESSES NAMES [forgets]: below one mprox-run; what its context
# has counted
load() {
	# shellcheck disable=SC2016
	in_app "$MPROX_RUN" -p /tmp/load.toml -- bash -c '
		"$@" && grep -E "^(dns|resolver):" /proc/self/fdinfo/$MPROX_FD' - \
		"$BUILD/vm/bin/dnsload" 9.9.9.9 hidden.test "$@"
}

gone_from() { ! listens target "$1:53" 53; }

# loaded TEXT QUERIES WHAT: each was answered, and counted as that
loaded() {
	expect_eq "$(tr '\n\t' '  ' <<<"$1")" "$2 answers, $3 dns: queries $2 \
faked $2 empty 0 blocked 0 cached 0 asked 0 direct 0 bad 0 " "answers"
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

# Of one resolver over one connection, which takes its time.
MANY=${QUERIES:-20000}

# asked TEXT: as many answers, none failed, nothing waits, the cache has its bounds
asked() {
	local cached asked known
	expect_match "$1" "^$MANY answers, 1 addresses, $TARGET4 to $TARGET4" "answers"
	expect_match "$1" "queries $MANY .* cached ([0-9]+) asked ([0-9]+) direct 0 bad 0" \
		"counters"
	cached=${BASH_REMATCH[1]} asked=${BASH_REMATCH[2]}
	expect_eq $((cached + asked)) "$MANY" "queries that were answered"
	expect_match "$1" "waiting 0 answered $asked failed 0 known ([0-9]+)" "resolver"
	known=${BASH_REMATCH[1]}
	say "$asked asked, $cached from the cache, $known remembered"
	[ "$known" -le 2048 ] || fail "remembers too much"
}

say "$MANY queries of a resolver behind the proxy, whose answers hold for no time"
cat >/tmp/load.toml <<-T
proxy = "$PROXY_URL"
dns = "proxy"
dns_server = "$TARGET4"
T
text=$(load "$MANY" 50 5000)
asked "$text"
expect_match "$text" "cached 0 asked $MANY" "what was asked"

say "and of one whose answers hold"
pkill -f "dnsmasq.*-a $TARGET4"
within 10 gone_from $TARGET4
NAMES_TTL=60 start_names target $TARGET4 hidden.test $TARGET4
text=$(load "$MANY" 50 5000)
asked "$text"
expect_match "$text" "known 2048" "what is remembered"

say "what many ask for at once is asked for once"
questions() { grep -c 'query\[A\]' "$OUT/names-target.log"; }
before=$(questions)
text=$(load "$MANY" 50 100)
asked "$text"
expect_match "$text" "known 100" "what is remembered"
sent=$(($(questions) - before))
say "$sent of them were sent"
[ $sent -ge 100 ] && [ $sent -le $((MANY / 10)) ] || fail "$sent questions were sent"
