# SPDX-License-Identifier: GPL-2.0-or-later
# a kernel that the module cannot be built for does not break its package, nor the others
# once: yes
# timeout: 600
# module: no
# capture: no
VERSION=99.0
DEB=/tmp/deb
SRC=$DEB/usr/src/mutex-proxy-$VERSION

# The package as scripts/package would make it, as far as dkms has a part in it.
mkdir -p $DEB/DEBIAN "$SRC"
cp -r "$ROOT/kmod" "$ROOT/uapi" "$SRC/"
sed "s/#MODULE_VERSION#/$VERSION/" "$ROOT/packaging/dkms.conf" >"$SRC/dkms.conf"
cat >$DEB/DEBIAN/control <<-C
Package: mutex-proxy-dkms
Version: $VERSION
Architecture: all
Maintainer: nobody <nobody@localhost>
Description: a test
C
for script in postinst prerm; do
	sed '/#DEBHELPER#/d' "$ROOT/packaging/debian/mutex-proxy-dkms.$script" \
		>$DEB/DEBIAN/$script
	chmod 755 $DEB/DEBIAN/$script
done
dpkg-deb -b --root-owner-group $DEB /tmp/dkms.deb

# Kernels: one is broken, the next one gets what is built already, and nobody has
# ever tried the last.
mount -t tmpfs tmpfs /boot
mount -t tmpfs tmpfs /lib/modules
trap 'umount /lib/modules /boot' EXIT
strip -g -o /tmp/built.ko "$MODULE"
# kernel RELEASE RECIPE: how its headers build a module
kernel() {
	mkdir -p "/lib/modules/$1/build/include"
	printf 'modules:\n\t%s\nclean:\n' "$2" >"/lib/modules/$1/build/Makefile"
}
# shellcheck disable=SC2016
built='cp /tmp/built.ko $(M)/mutex_proxy.ko'
kernel 6.1.0-1-amd64 'echo these headers are too old; false'
kernel 6.12.1-amd64 "$built"
kernel 6.99.0-amd64 "$built"

installed() { dkms status -m mutex-proxy | sed -n 's/.*, \(6[^,]*\), .*: installed/\1/p' | sort -V; }

export DEBIAN_FRONTEND=noninteractive sign_file=none
say "install"
dpkg --no-triggers -i /tmp/dkms.deb >/tmp/install.log 2>&1 ||
	fail "the package cannot be installed: see the log$(cat /tmp/install.log >&2)"
cat /tmp/install.log
# shellcheck disable=SC2016
expect_eq "$(dpkg-query -W -f='${Status}' mutex-proxy-dkms)" "install ok installed" "the package"
expect_match "$(cat /tmp/install.log)" \
	'could not be built for: 6\.1\.0-1-amd64'$'\n' "what is said of the broken one"
expect_eq "$(installed | tr '\n' ' ')" "6.12.1-amd64 " "kernels that have it"

say "remove"
dpkg --no-triggers -P mutex-proxy-dkms
expect_eq "$(dkms status)" "" "dkms status"
