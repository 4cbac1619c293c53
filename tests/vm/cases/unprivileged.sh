# SPDX-License-Identifier: GPL-2.0-or-later
# without CAP_NET_ADMIN: refused, unless unprivileged=1 and no_new_privs is set
start_target
use_proxy microsocks 4
USER='setpriv --reuid 65534 --regid 65534 --clear-groups'
run_as() { in_app "$@" "$MPROX_RUN" -x "$PROXY_URL" -- curl -sS http://$TARGET4/peer; }

chmod 666 /dev/mprox
expect_fails run_as $USER
expect_fails run_as $USER --no-new-privs

unload_module
load_module unprivileged=1
chmod 666 /dev/mprox
mark
expect_eq "$(run_as $USER --no-new-privs)" $EXIT4 "peer"
was_proxied
expect_eq "$(in_app $USER --no-new-privs /usr/bin/python3 \
	"$VM/clients/mprox.py" create 0x4)" EPERM "a global scope"
expect_eq "$(in_app $USER /usr/bin/python3 "$VM/clients/mprox.py" create 0)" \
	EPERM "a scope without no_new_privs"
expect_eq "$(in_app $USER --no-new-privs /usr/bin/python3 "$VM/clients/mprox.py" route)" \
	EPERM "mprox0"

say "no default route, and no right to make one"
ip -n app route del default
expect_eq "$(in_app $USER --no-new-privs "$MPROX_RUN" -x "$PROXY_URL" -- \
	/usr/bin/python3 "$VM/clients/connect.py" all $TARGET4 80)" ENETUNREACH "no route at all"
expect_fails ip -n app link show mprox0
