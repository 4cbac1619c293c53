# SPDX-License-Identifier: GPL-2.0-or-later
# local ports: one for two targets, thousands, none left; sockets that connect again
# once: yes
# timeout: 900
open_target
ports() { proxied /usr/bin/python3 "$VM/clients/ports.py" "$@"; }
ulimit -n 65536

for family in $VERSIONS; do
	use_proxy microsocks "$family"
	source=$APP4
	[ "$family" = 4 ] || source=$APP6
	say "IPv$family: the same bound port to two targets"
	expect_eq "$(ports same "$TARGET" $source 20001)" "True True True" "at once"
	was_proxied 2
	say "IPv$family: connect() again"
	mark
	expect_eq "$(ports again "$TARGET")" \
		"True OK ENOTCONN True OK ENOTCONN True OK ENOTCONN True" "again"
	was_proxied 4
	say "IPv$family: several threads"
	mark
	expect_eq "$(ports threads "$TARGET")" OK "threads"
	was_proxied 30
	capture_check
done

many=${THOROUGH:+2000}
many=${many:-500}
say "$many at once"
for family in $VERSIONS; do
	use_proxy microsocks "$family"
	expect_eq "$(proxied /usr/bin/python3 "$VM/clients/many.py" "$TARGET" 7 $many $many \
		2>"$OUT/many-$family")" $many "IPv$family: $(tail -n 1 "$OUT/many-$family")"
	was_proxied $many
	capture_check
done

say "ports run out"
was=$(in_app sysctl -n net.ipv4.ip_local_port_range)
# Nobody has been at these before.
in_app sysctl -qw net.ipv4.ip_local_port_range="20100 20149"
for how in blocking poll; do
	for family in $VERSIONS; do
		use_proxy microsocks "$family"
		# The context's own server for queries has two of them.
		expect_match "$(ports out "$TARGET" 60 $how)" \
			'^(48|50) of \1 good, else EADDRNOTAVAIL; again OK$' "IPv$family, $how"
		capture_check
	done
done
in_app sysctl -qw net.ipv4.ip_local_port_range="$was"

[ -n "${THOROUGH-}" ] || return 0
say "28000 of them"
in_app sysctl -qw net.ipv4.ip_local_port_range="32768 60767"
use_proxy microsocks 4
expect_eq "$(ports out "$TARGET" 28100)" \
	"100 of 28000 good, else EADDRNOTAVAIL; again OK" "all ports"
in_app sysctl -qw net.ipv4.ip_local_port_range="$was"
