# SPDX-License-Identifier: GPL-2.0-or-later
# the packages: dkms installs the module, programs use it, and nothing is left of them
# alone: yes
# packages: yes
# timeout: 600
start_target
use_proxy microsocks 4
unload_module

PACKAGES=$BUILD/package
UPDATES=/lib/modules/$KVER/updates/dkms
version=$(sed -n 's/.*MPROX_VERSION "\(.*\)"/\1/p' "$ROOT/kmod/version.h")
dkms_deb=$PACKAGES/mutex-proxy-dkms_${version}_all.deb
[ -e "$dkms_deb" ] || fail "no package of $version in $PACKAGES; see scripts/package"
# The rig's modules are those of the kernel's image alone, and what this machine
# boots itself is not to be built for.
mount -t tmpfs tmpfs /boot
ln -sfn "/usr/src/linux-headers-$KVER" "/lib/modules/$KVER/build"

# What the compiler would do takes an emulated processor a quarter of an hour, so
# scripts/package has let dkms do it on this machine, for this kernel. A package
# finds that here, and goes on as if it had just been built.
mkdir -p /usr/share/mutex-proxy-dkms
cp "$PACKAGES/mutex-proxy-$version-$KVER.dkms.tar.gz" \
	"/usr/share/mutex-proxy-dkms/mutex-proxy-$version.dkms.tar.gz"

export DEBIAN_FRONTEND=noninteractive
# Triggers are other packages': the index of all manual pages.
install() { dpkg --no-triggers -i "$@"; }

say "install"
install "$PACKAGES"/mutex-proxy{,-dkms}_"$version"_*.deb
rm -r /usr/share/mutex-proxy-dkms
expect_eq "$(dkms status -m mutex-proxy)" \
	"mutex-proxy/$version, $KVER, x86_64: installed" "dkms status"
expect_match "$(modinfo -n mutex_proxy)" "^$UPDATES/mutex_proxy.ko" "the module's file"
getent group mprox || fail "no group mprox"
expect_eq "$(pkg-config --modversion mprox)" "$version" "libmprox"
expect_eq "$(/usr/bin/mprox-run --version)" "mprox-run $version" "mprox-run"

say "use"
modprobe mutex_proxy
within 5 test -c /dev/mprox
expect_eq "$(cat /sys/module/mutex_proxy/version)" "$version" "what is loaded"
MPROX_RUN=/usr/bin/mprox-run
mark
expect_eq "$(proxied curl -sS http://$TARGET4/peer)" $EXIT4 "peer"
was_proxied
unload_module

say "upgrade, to one that is not for this kernel"
dpkg-deb -R "$dkms_deb" /tmp/next
mv /tmp/next/usr/src/mutex-proxy-{"$version",99.0}
sed -i "s/${version//./\\.}/99.0/g" /tmp/next/DEBIAN/* /tmp/next/usr/src/*/dkms.conf
sed -i 's/^BUILD_EXCLUSIVE_KERNEL=.*/BUILD_EXCLUSIVE_KERNEL="^99"/' \
	/tmp/next/usr/src/*/dkms.conf
dpkg-deb -b --root-owner-group /tmp/next /tmp/next.deb
install /tmp/next.deb
expect_eq "$(dkms status)" "mutex-proxy/99.0: added" "dkms status"
expect_fails modprobe -n mutex_proxy
for it in "/usr/src/mutex-proxy-$version" "/var/lib/dkms/mutex-proxy/$version"; do
	expect_fails test -e "$it"
done

say "remove"
mapfile -t files < <(dpkg -L mutex-proxy mutex-proxy-dkms | grep 'mprox\|mutex')
[ ${#files[@]} -gt 100 ] || fail "the packages have ${#files[@]} files"
dpkg --no-triggers -P mutex-proxy-dkms mutex-proxy
for it in "${files[@]}" /var/lib/dkms/mutex-proxy "$UPDATES"/mutex_proxy.ko*; do
	expect_fails test -e "$it"
done
expect_eq "$(dkms status)" "" "dkms status"
umount /boot
