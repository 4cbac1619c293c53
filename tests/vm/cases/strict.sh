# SPDX-License-Identifier: GPL-2.0-or-later
# --strict: no other sockets, rings, mounts or keys; --user; what is warned of
# once: yes
start_target
use_proxy microsocks 4
bin=$BUILD/vm/bin
say "without it all of them are there"
proxied "$bin/entries" | tee /tmp/loose
for what in inet netlink vsock packet inet32 vsock32 socketcall uring mount fsopen ptrace writev; do
	grep -qx "$what OK" /tmp/loose || fail "without --strict: $(grep "^$what " /tmp/loose)"
done
umount /mnt 2>/dev/null || true

strict() (
	PROXIED=(--strict "${MORE[@]}")
	proxied "$@"
)
MORE=()
wanted() {
	cat <<-W
	inet OK
	netlink OK
	vsock ${1:-EAFNOSUPPORT}
	tipc EAFNOSUPPORT
	packet EAFNOSUPPORT
	sock_packet EAFNOSUPPORT
	inet32 OK
	vsock32 ${1:-EAFNOSUPPORT}
	socketcall ENOSYS
	uring ENOSYS
	mount EPERM
	fsopen EPERM
	ptrace EPERM
	request_key EPERM
	writev EPERM
	W
}
say "with it"
expect_eq "$(strict "$bin/entries")" "$(wanted)" "entries"
expect_eq "$(strict sh -c "'$bin/entries'")" "$(wanted)" "a child's"
expect_eq "$(strict curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
expect_eq "$(strict grep NoNewPrivs /proc/self/status)" $'NoNewPrivs:\t0' "root keeps sudo"
MORE=(--allow-family vsock)
expect_eq "$(strict "$bin/entries")" "$(wanted OK)" "with a family allowed"
printf '%s\n' "proxy = \"$PROXY_URL\"" 'strict = true' 'allow_family = ["AF_VSOCK"]' >/tmp/strict.toml
expect_eq "$(in_app "$MPROX_RUN" -p /tmp/strict.toml "$bin/entries")" "$(wanted OK)" "in a profile"
expect_fails in_app env LD_PRELOAD="$PRELOAD" MPROX_PROFILE=/tmp/strict.toml true

say "--user"
useradd -m -s /bin/dash -G games someone
MORE=(--user someone)
cat >/tmp/wanted <<-W
	someone someone someone games
	/home/someone someone someone /bin/dash
	CapInh: 0000000000000000
	CapPrm: 0000000000000000
	CapEff: 0000000000000000
	CapAmb: 0000000000000000
W
# shellcheck disable=SC2016
strict sh -c 'echo $(id -un) $(id -gn) $(id -Gn)
	echo $HOME $USER $LOGNAME $SHELL
	grep -E "Cap(Inh|Prm|Eff|Amb)" /proc/self/status | tr "\t" " "' >/tmp/got
expect_eq "$(cat /tmp/got)" "$(cat /tmp/wanted)" "who it is"
expect_eq "$(strict curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
# shellcheck disable=SC2016
expect_eq "$(strict /usr/bin/python3 -c 'import fcntl, os
try: fcntl.ioctl(int(os.environ["MPROX_FD"]), 0xb702, 0)
except OSError as e: print(e.errno)')" 1 "DISABLE by COMMAND"
for name in nosuch root; do
	expect_fails in_app "$MPROX_RUN" -x "$PROXY_URL" --user $name true
done
expect_match "$(in_app setpriv --reuid 65534 "$MPROX_RUN" -x "$PROXY_URL" --user someone true 2>&1)" \
	"only root" "not root"

say "the helper that asks a resolver is that user's, too"
proxied_by() { in_app "$MPROX_RUN" -x "$PROXY_URL" --dns proxy \
	--dns-server tls://192.0.2.1 --user someone -- "$@"; }
proxied_by sleep 30 &
within 30 pgrep -u someone -x mprox-resolver >/dev/null || fail "mprox-resolver is not someone's"
pkill -x sleep

say "what is outside"
expect_match "$(in_app "$MPROX_RUN" -x "$PROXY_URL" systemd-run true 2>&1)" "not in the scope" \
	"systemd-run"
