# SPDX-License-Identifier: GPL-2.0-or-later
# a locked scope: its members cannot get out, and a global one refuses when its holder dies
# debug: yes
# capture: no
start_target
open_forwarding
use_proxy microsocks 4
USER=(setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs)
PEER=(curl -sS -m 20 "http://$TARGET4/peer")
PY=(/usr/bin/python3)
unload_module
load_module unprivileged=1
chmod 666 /dev/mprox

all_refused() {
	local how who
	for how in inherited opened; do
		for who in disable policy config name; do
			grep -qx "$how $who EPERM" "$1" || fail "$how $who: $(grep "$how $who" "$1")"
		done
	done
	grep -qx 'end EPERM' "$1" || fail "$(grep end "$1")"
	grep -qx 'locked True member True' "$1" || fail "$(grep locked "$1")"
	expect_eq "$(tail -n 1 "$1")" "$EXIT" "the member's connection"
}

for who in root user; do
	say "a member of a locked tree scope: $who"
	as=(); [ $who = root ] || as=("${USER[@]}")
	mark
	in_app "${as[@]}" "${PY[@]}" "$VM/clients/holder.py" sealed 0 "${PY[@]}" \
		"$VM/clients/sealed.py" sealed >"$OUT/$who" 2>&1
	all_refused "$OUT/$who"
	was_proxied
done

say "who is no member ends it by its name; rmmod waits for that"
spawn app "${PY[@]}" "$VM/clients/holder.py" tree 0 \
	sh -c "sleep 1000; exec ${PEER[*]}" >"$OUT/tree" 2>&1
within 20 grep -q locked "$OUT/tree"
expect_match "$(in_app "${PY[@]}" "$VM/clients/mprox.py" list)" " tree 7 " "the list"
expect_fails rmmod mutex_proxy
expect_eq "$(in_app "${USER[@]}" "${PY[@]}" "$VM/clients/mprox.py" list)" "" "a user's list"
expect_eq "$(in_app "${PY[@]}" "$VM/clients/mprox.py" end tree)" OK "END"
in_app pkill -x sleep
within 20 grep -q $APP4 "$OUT/tree" || fail "after END: $(cat "$OUT/tree")"

say "the launcher's words for it"
spawn app "$MPROX_RUN" --lock --name words -x "$PROXY_URL" -- sleep 1000
within 20 sh -c "'$MPROX_RUN' --list | grep -qE ' tree +locked +0 +1 +words$'" || fail "--list: $("$MPROX_RUN" --list)"
expect_eq "$(in_app "${USER[@]}" "$MPROX_RUN" -q -x "$PROXY_URL" -- \
	"$MPROX_RUN" --list | awk '$3 == "locked" { print $6 }')" mprox-run "a user's, by itself"
expect_match "$(in_app "${USER[@]}" "$MPROX_RUN" -q -x "$PROXY_URL" -- \
	"$MPROX_RUN" --end mprox-run 2>&1 || true)" "this process is in it, and it is locked" "its own end"
"$MPROX_RUN" --end words
expect_match "$("$MPROX_RUN" --end nosuch 2>&1 || true)" "no scope 'nosuch'" "a name that nobody has"
in_app pkill -x sleep
expect_match "$(in_app "$MPROX_RUN" --lock -x "$PROXY_URL" -- "$MPROX_RUN" -x "$PROXY_URL" -- \
	true 2>&1)" "is locked: its proxy is used" "a scope that can have no effect"

say "a locked global scope whose holder is killed"
spawn app "${PY[@]}" "$VM/clients/holder.py" whole 4 >"$OUT/whole" 2>&1
holder=$!
within 20 grep -q locked "$OUT/whole"
expect_eq "$(in_app "${PEER[@]}")" "$EXIT" "while it lives"
kill -9 $holder
# shellcheck disable=SC2317
is_refused() { ! in_app "${PEER[@]}" >"$OUT/refused" 2>&1; }
within 5 is_refused || fail "after its holder: $(cat "$OUT/refused")"
expect_eq "$(in_app "${PY[@]}" "$VM/clients/connect.py" all $TARGET4 80)" ECONNREFUSED \
	"the error"
expect_fails in_app ping -c 1 -W 2 $TARGET4
expect_eq "$(in_app ping -c 1 127.0.0.1 | grep -c '1 received')" 1 "the loopback"
expect_fails rmmod mutex_proxy
expect_match "$(in_app "${PY[@]}" "$VM/clients/mprox.py" list)" " whole 14 0" "the list"
expect_match "$(dmesg)" "global scope .* is locked and has lost its holder" "the log"
expect_eq "$(in_app "${USER[@]}" "${PY[@]}" "$VM/clients/mprox.py" list)" "" "a user's list"
expect_eq "$(in_app "${PY[@]}" "$VM/clients/mprox.py" end whole)" OK "END"
expect_eq "$(in_app "${PEER[@]}")" $APP4 "afterwards"

say "a sealed scope goes with its namespace"
ip netns add gone
spawn gone "${PY[@]}" "$VM/clients/holder.py" gone 4 >"$OUT/gone" 2>&1
holder=$!
within 20 grep -q locked "$OUT/gone"
kill -9 $holder
# shellcheck disable=SC2317
is_sealed() { ip netns exec gone "${PY[@]}" "$VM/clients/mprox.py" list | grep -q ' gone 14 0$'; }
within 5 is_sealed || fail "it is not sealed"
ip netns del gone
unload_module || fail "the module cannot be unloaded"
