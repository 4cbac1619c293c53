# SPDX-License-Identifier: GPL-2.0-or-later
# apt updates and downloads, as its own user, from a mirror known behind the proxy
# once: yes
# timeout: 200
names_behind_proxy
start_target
use_proxy microsocks 4

say "a mirror with one package"
mkdir -p /tmp/tiny/DEBIAN $WEB/debian
cat >/tmp/tiny/DEBIAN/control <<-C
	Package: mutex-tiny
	Version: 1.0
	Architecture: all
	Maintainer: Nobody <nobody@hidden.test>
	Description: nothing, in a package
C
dpkg-deb --build --root-owner-group /tmp/tiny $WEB/debian/mutex-tiny_1.0_all.deb
(cd $WEB/debian && apt-ftparchive packages . >Packages &&
	apt-ftparchive release . >/tmp/Release && mv /tmp/Release .)

# Nothing of this machine's apt, neither its mirrors nor its settings.
mkdir -p /tmp/apt/etc/{apt.conf.d,preferences.d} /tmp/apt/state/lists/partial \
	/tmp/apt/cache/archives/partial /tmp/apt/downloaded
echo 'deb [trusted=yes] http://mirror.hidden.test/debian ./' >/tmp/apt/etc/sources.list
: >/tmp/apt/state/status
cat >/tmp/apt/conf <<-C
	Dir::Etc "/tmp/apt/etc";
	Dir::State "/tmp/apt/state";
	Dir::State::status "/tmp/apt/state/status";
	Dir::Cache "/tmp/apt/cache";
	Acquire::Languages "none";
	Acquire::Retries "0";
	APT::Sandbox::User "_apt";
C
chown -R _apt /tmp/apt/state/lists /tmp/apt/cache /tmp/apt/downloaded
export APT_CONFIG=/tmp/apt/conf

# content WHAT: no complaint; there is one if it could not become _apt
content() {
	! grep '^[WE]:' "$OUT/$1" || fail "apt was not content with its $1"
}

say "update"
proxied apt-get update 2>&1 | tee "$OUT/update"
content update
apt-cache show mutex-tiny

say "download"
(cd /tmp/apt/downloaded && proxied apt-get download mutex-tiny) 2>&1 |
	tee "$OUT/download"
content download
cmp /tmp/apt/downloaded/mutex-tiny_1.0_all.deb $WEB/debian/mutex-tiny_1.0_all.deb

was_proxied 2
grep -qF 'connected to mirror.hidden.test:80' "$PROXY_LOG" ||
	fail "the proxy was not asked for the mirror by its name"
