# SPDX-License-Identifier: GPL-2.0-or-later
# a file of FILE_MIB (256) MiB comes down and goes up unchanged, each proxy
# once: yes
# timeout: 900
start_target
openssl enc -aes-128-ctr -pass pass:x -nosalt -md sha256 -in /dev/zero 2>/dev/null |
	head -c "${FILE_MIB:-256}M" >$WEB/file || true

copy() {
	proxied curl -sS "http://$HOST/file" | cmp - $WEB/file
	was_proxied
}
each_proxy copy

upload() {
	proxied curl -sS -T $WEB/file "http://$HOST/upload"
	cmp $WEB/file $WEB/upload
	was_proxied
}
PROXIES=microsocks FAMILIES=4 each_proxy upload
