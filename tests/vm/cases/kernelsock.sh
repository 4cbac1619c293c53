# SPDX-License-Identifier: GPL-2.0-or-later
# SMB: what the kernel connects for a mount, and connects again by itself
# once: yes
modprobe cifs || skip "this kernel has no SMB"
use_proxy microsocks 4

# A server that takes what it hears and hangs up: the kernel's client comes again.
spawn target /usr/bin/python3 "$VM/servers/hangup.py" 445 "$OUT/smb.log"
wait_port target $TARGET4 445
smb() {
	mount -i -t cifs "//$1/share" /mnt \
		-o "ip=$1,username=u,password=p,vers=3.0,echo_interval=1" 2>/dev/null
}
export -f smb
seen() { [ "$(lines "$OUT/smb.log")" -ge "$1" ]; }
again() {
	in_app timeout 10 "$@" bash -c "smb $TARGET" || true
	seen 2
}
for family in 4 6; do
	use_proxy microsocks $family
	: >"$OUT/smb.log"
	within 60 again "$MPROX_RUN" -x "$PROXY_URL" --
	expect_eq "$(sort -u "$OUT/smb.log")" $EXIT "who came"
	capture_check
done
