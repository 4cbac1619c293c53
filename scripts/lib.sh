# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# What the scripts share. Source it; it changes nothing but variables.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${MPROX_BUILD:-$ROOT/build}
# What takes a quarter of an hour to build and is the same for every checkout.
CACHE=${MPROX_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mutex-proxy}
KERNELS=(6.1 6.12)
# What is compiled for, and booted before a release
OLDEST_KERNELS=(6.1-oldest 6.12-oldest)
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
SUDO=
[ "$(id -u)" = 0 ] || SUDO="sudo -E"

if [ -t 1 ]; then
	bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' yellow=$'\e[33m' plain=$'\e[0m'
else
	bold='' green='' red='' yellow='' plain=''
fi

step() { printf '%s==> %s%s\n' "$bold" "$*" "$plain"; }
note() { printf '    %s\n' "$*"; }
die()  { printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2; exit 1; }

# quietly LOG COMMAND...: output goes to LOG, its end is shown on failure
quietly() {
	local log=$1; shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 && return
	printf '%serror:%s %s failed; the end of %s:\n' \
		"$red" "$plain" "$*" "$log" >&2
	tail -n 30 "$log" >&2
	return 1
}

have_package() {
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

apt_update_once() {
	[ -e "$BUILD/.apt-updated" ] &&
		[ -n "$(find "$BUILD/.apt-updated" -mmin -720)" ] && return
	mkdir -p "$BUILD"
	quietly "$BUILD/log/apt-update.log" $SUDO apt-get -q update
	touch "$BUILD/.apt-updated"
}

# The proxies and daemons that the tests start for themselves are not to be
# started by their installation: invoke-rc.d(8) asks this file, if it is there.
POLICY_RC=/usr/sbin/policy-rc.d
without_services() (
	if [ ! -e "$POLICY_RC" ]; then
		trap '$SUDO rm -f "$POLICY_RC"' EXIT
		printf '#!/bin/sh\nexit 101\n' | $SUDO tee "$POLICY_RC" >/dev/null
		$SUDO chmod 755 "$POLICY_RC"
	fi
	"$@"
)

# need_packages PACKAGE...: asks apt only when one of them is missing
need_packages() {
	local missing=() p
	for p in "$@"; do
		have_package "$p" || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	step "installing ${missing[*]}"
	apt_update_once
	without_services quietly "$BUILD/log/apt-install.log" $SUDO env \
		DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
		--no-install-recommends "${missing[@]}"
}

# version: the project's
version() {
	sed -n 's/^#define MPROX_VERSION "\(.*\)"$/\1/p' "$ROOT/kmod/version.h"
}

# mirror FROM TO: C and its makefiles. Only what changed is copied, with its time, so
# that make has little to do.
mirror() {
	mkdir -p "$2"
	(cd "$1" && find . -type f \( -name '*.[chS]' -o -name 'Kbuild*' \
		-o -name 'Makefile*' -o -name '*.cmake' \) -print0 |
		xargs -0 -r cp -pu --parents -t "$2")
	# What is gone in the tree must not be built from the copy.
	(cd "$2" && find . -type f -name '*.[ch]' ! -name '*.mod.c' -print) |
	while read -r file; do
		[ -e "$1/$file" ] || rm -f "$2/$file"
	done
}

# mirror_kmod DIR: what the module is made of
mirror_kmod() {
	mirror "$ROOT/kmod" "$1/kmod"
	mirror "$ROOT/uapi" "$1/uapi"
}

BUILD_PACKAGES=(build-essential bc cmake ninja-build pkg-config libspdlog-dev
	libcli11-dev libtomlplusplus-dev libgtest-dev libssl-dev
	libcurl4-openssl-dev libseccomp-dev nlohmann-json3-dev
	zlib1g-dev libncurses-dev)
VM_PACKAGES=(qemu-system-x86 busybox-static cpio zstd kmod)
# What the few cases of --quick and the demo need, and what all of them do.
QUICK_PACKAGES=(procps curl ethtool iproute2 nftables conntrack tcpdump python3 microsocks
	dante-server openssl dnsmasq-base bind9-dnsutils iputils-ping)
DEMO_PACKAGES=("${QUICK_PACKAGES[@]}" firefox-esr)
CASE_PACKAGES=("${DEMO_PACKAGES[@]}" wget git openssh-server openssh-client iperf3
	golang-go ca-certificates liburing-dev squid tinyproxy privoxy nmap vsftpd
	tnftp tor nodejs default-jdk-headless apt-utils chromium nscd
	libsystemd-shared jq unbound shadowsocks-libev v2ray ngtcp2-client
	ngtcp2-server caddy libseccomp2 dkms)

# A kernel is called 6.1, 6.12; 6.1-rt is Debian's with PREEMPT_RT, and 6.1-debug
# one of our own that watches itself (tests/vm/debug). Any other one that Debian has
# is called by its release, 6.1.0-47-amd64, or 6.1-oldest: the oldest of 6.1 that it
# still has. What an interface of the kernel's has got meanwhile is not there.

# oldest 6.1: its release
oldest() {
	apt_update_once
	apt-cache search --names-only \
		"^linux-headers-${1//./\\.}\\.[^-]+(-[0-9]+)?-amd64\$" |
		sed 's/^linux-headers-//; s/ .*//' | sort -V | sed -n 1p
}

# headers_package 6.1: the meta package that follows Debian's kernel
headers_package() {
	case $1 in
	6.1)	echo linux-headers-amd64 ;;
	6.1-rt)	echo linux-headers-rt-amd64 ;;
	*-oldest) echo "linux-headers-$(oldest "${1%-oldest}")" ;;
	*-amd64) echo "linux-headers-$1" ;;
	*)	echo "linux-headers-$1-amd64" ;;
	esac
}

# kver 6.1: the release that the installed meta package stands for, or was built; a
# release stands for itself
kver() {
	local kver
	case $1 in *-debug)
		cat "$BUILD/vm/debug-${1%-debug}/release" 2>/dev/null
		return ;;
	*-oldest)
		kver "$(oldest "${1%-oldest}")"
		return ;;
	*-amd64)
		have_package "linux-headers-$1" && echo "$1"
		return ;;
	esac
	kver=$(dpkg-query -W -f='${Depends}' "$(headers_package "$1")" \
		2>/dev/null | sed -n 's/^linux-headers-\([^ ,]*\).*/\1/p')
	[ -n "$kver" ] || return 1
	echo "$kver"
}

# headers_dir KVER: what a module for it is built against
headers_dir() {
	case $1 in
	*-debug) grep -lx -- "$1" "$BUILD"/vm/debug-*/release | sed 's,release$,src,' ;;
	*)	echo "/usr/src/linux-headers-$1" ;;
	esac
}

# need_kernel 6.1: headers installed, image unpacked into build/vm/KVER/image
need_kernel() {
	case $1 in *-debug)
		"$ROOT/tests/vm/debug/build" "${1%-debug}"
		return ;;
	esac
	need_packages "$(headers_package "$1")"
	local kver dir
	kver=$(kver "$1") || die "no headers for kernel $1"
	dir=$BUILD/vm/$kver
	[ -e "$dir/image/.complete" ] && return
	step "fetching the stock kernel $kver"
	mkdir -p "$dir/image"
	if ! fetch_image "$kver" "$dir"; then
		# The archive has moved on; so do the headers.
		rm -f "$BUILD/.apt-updated"
		apt_update_once
		quietly "$BUILD/log/apt-install.log" $SUDO apt-get -q install \
			-y "$(headers_package "$1")"
		kver=$(kver "$1")
		dir=$BUILD/vm/$kver
		mkdir -p "$dir/image"
		fetch_image "$kver" "$dir" || die "no image of kernel $kver"
	fi
	dpkg -x "$dir"/linux-image-*.deb "$dir/image"
	rm -f "$dir"/linux-image-*.deb
	/sbin/depmod -b "$dir/image" "$kver"
	touch "$dir/image/.complete"
}

fetch_image() {
	(cd "$2" && quietly "$BUILD/log/apt-download.log" \
		apt-get -q download "linux-image-$1") && return
	apt_update_once
	(cd "$2" && quietly "$BUILD/log/apt-download.log" \
		apt-get -q download "linux-image-$1")
}
