# SPDX-License-Identifier: GPL-2.0-or-later
# the policy that the kernel gives back, and sets again without telling the password; what the audit system hears
# once: yes
# capture: no
start_target
use_proxy danted-password 4
in_app /usr/bin/python3 "$VM/clients/getpolicy.py" $PROXY4 "$PROXY_PORT" "$PROXY_USER" \
	"$PROXY_PASS" $TARGET4

say "the audit system"
heard() { dmesg | sed -n "s/.*type=1316 .*mutex_proxy //p"; }
# The kernel has a thread that writes it down.
has_heard() { heard | grep -qE "$1"; }
# Each record comes with two of the system call's.
sysctl -qw kernel.printk_ratelimit=0
/usr/bin/python3 "$VM/clients/audit.py" 1
end_audit() {
	/usr/bin/python3 "$VM/clients/audit.py" 0
	sysctl -qw kernel.printk_ratelimit=5
}
trap end_audit EXIT
expect_eq "$(in_app "$MPROX_RUN" -q --name audited -x "$PROXY_URL" -- /usr/bin/python3 \
	"$VM/clients/mprox.py" create 0x80)" EINVAL "a flag that is unknown"
expect_eq "$(in_app setpriv --bounding-set=-net_admin --inh-caps=-net_admin /usr/bin/python3 \
	"$VM/clients/mprox.py" create 0)" EPERM "without CAP_NET_ADMIN"
say "$(heard)"
for want in 'op=create context=[1-9][0-9]* .*comm="mprox-run" .*res=1' \
	'op=set-policy context=[1-9][0-9]* .*res=1' 'op=enable context=[1-9][0-9]* .*res=1' \
	'op=create context=0 .*comm="python3" .*res=0'; do
	within 20 has_heard "$want" || fail "not in the log: $want: $(heard)"
done
heard | grep -qF -e "$PROXY_PASS" -e "$PROXY_USER" -e "$PROXY4" -e audited &&
	fail "the log has names"
true
