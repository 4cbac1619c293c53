# SPDX-License-Identifier: GPL-2.0-or-later
# without CAP_NET_ADMIN: refused, unless unprivileged=1 and no_new_privs is set
start_target
use_proxy microsocks 4
USER='setpriv --reuid 65534 --regid 65534 --clear-groups'
run_as() { in_app "$@" "$MPROX_RUN" -x "$PROXY_URL" -- curl -sS http://$TARGET4/peer; }

PARAMETER=/sys/module/mutex_proxy/parameters/unprivileged

say "each cause has a sentence of its own"
# says WORDS COMMAND...: mprox-run fails, and that is why
says() {
	local words=$1; shift
	expect_fails run_as "$@" 2>/tmp/err
	grep -q "$words" /tmp/err || fail "not '$words', but: $(cat /tmp/err)"
	sed 's/^/    /' /tmp/err
}
chmod 660 /dev/mprox
says 'you may not open /dev/mprox' $USER
chmod 666 /dev/mprox
says 'the module.s parameter unprivileged is N' $USER
says 'the module.s parameter unprivileged is N' $USER --no-new-privs
says 'belongs to another user namespace' unshare -Ur
# shellcheck disable=SC2016
says 'loaded, but /dev/mprox is not here' unshare -m sh -c 'mount -t tmpfs none /dev; exec "$@"' -
expect_fails in_app $USER "$MPROX_RUN" --scope global -x "$PROXY_URL" true 2>/tmp/err
grep -q 'a global scope is for who has CAP_NET_ADMIN' /tmp/err || fail "$(cat /tmp/err)"

say "the parameter can be set while the module is loaded"
echo 1 >$PARAMETER
mark
expect_eq "$(run_as $USER --no-new-privs)" $EXIT4 "peer"
was_proxied
expect_eq "$(in_app $USER --no-new-privs /usr/bin/python3 \
	"$VM/clients/mprox.py" create 0x4)" EPERM "a global scope"
expect_eq "$(in_app $USER /usr/bin/python3 "$VM/clients/mprox.py" create 0)" \
	EPERM "a scope without no_new_privs"
expect_eq "$(in_app $USER --no-new-privs /usr/bin/python3 "$VM/clients/mprox.py" route)" \
	EPERM "mprox0"

say "no default route, and no right to make one: TCP needs none"
ip -n app route del default
expect_eq "$(in_app $USER --no-new-privs "$MPROX_RUN" -x "$PROXY_URL" -- \
	/usr/bin/python3 "$VM/clients/connect.py" all $TARGET4 80)" OK "no route at all"
expect_fails ip -n app link show mprox0
