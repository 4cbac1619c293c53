# SPDX-License-Identifier: GPL-2.0-or-later
# active FTP: the server connects to a port on the proxy
# once: yes
start_target
start_proxy danted

mkdir -p /tmp/ftp/pub /tmp/ftp-empty
head -c 3000000 /dev/urandom >/tmp/ftp/pub/big
head -c 500000 /dev/urandom >/tmp/mine
chown ftp /tmp/ftp/pub
cat >/tmp/vsftpd.conf <<E2
listen_ipv6=YES
background=NO
anonymous_enable=YES
anon_root=/tmp/ftp
anon_upload_enable=YES
write_enable=YES
local_enable=NO
pasv_enable=NO
connect_from_port_20=YES
secure_chroot_dir=/tmp/ftp-empty
seccomp_sandbox=NO
xferlog_enable=YES
vsftpd_log_file=$OUT/vsftpd.log
log_ftp_protocol=YES
E2
spawn target vsftpd /tmp/vsftpd.conf >"$OUT/vsftpd.err" 2>&1
wait_port target $TARGET4 21


# transfer SCHEME: both ways, with the client's own commands for it
transfer() {
	say "active FTP through $1"
	rm -f /tmp/got /tmp/ftp/pub/upload
	: >"$OUT/vsftpd.log"
	in_app timeout 100 "$MPROX_RUN" --bind -x "$1://$PROXY4:1082" -- \
		tnftp -n -A -v $TARGET4 >"$OUT/ftp-$1" 2>&1 <<-C || true
	user anonymous me@example
	binary
	get pub/big /tmp/got
	put /tmp/mine pub/upload
	bye
	C
	cmp /tmp/got /tmp/ftp/pub/big || fail "what came is not what was sent: $(tail -n 3 "$OUT/ftp-$1")"
	cmp /tmp/mine /tmp/ftp/pub/upload || fail "what was sent is not what came"
	expect_match "$(cat "$OUT/vsftpd.log")" "(PORT ${EXIT4//./,},|EPRT .1.$EXIT4.)" \
		"the address that the server was told"
	grep -q 'tcp/bind' "$OUT/danted-1082.log" || fail "danted knows of no bind"
}
transfer socks5
transfer socks4
