# SPDX-License-Identifier: GPL-2.0-or-later
# How long connect() takes through real proxies 20 ms away. See latency.
# capture: no
# timeout: 900
# shellcheck shell=bash
mkdir -p /results/latency
start_target
# Who is asked for Fast Open takes it; the client does not ask.
in_proxy sysctl -qw net.ipv4.tcp_fastopen=0x403
start_microsocks 1080
start_danted 1082
start_danted 1083 "$PROXY_USER" "$PROXY_PASS"
start_proxy squid-basic
start_proxy squid-digest
ip -n app link set up0 up
ip netns exec app tc qdisc add dev up0 root netem delay 10ms limit 10000
ip netns exec proxy tc qdisc add dev px0 root netem delay 10ms limit 10000
in_app /usr/bin/python3 tests/bench/latency.py $TARGET4 20 "${ROUNDS:-21}" \
	"$PROXY_USER" "$PROXY_PASS" | tee /results/latency/table.txt
