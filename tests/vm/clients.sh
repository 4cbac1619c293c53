# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# What the cases need besides the project: part of tests/vm/run.

# Who else traces what we redirect, for the case intercept
wanted+=(bpftrace)
# What reads JSON besides us, for the case mprox
wanted+=(jq)
# A terminal, and who moves logs away, for the case mprox_top
wanted+=(tmux logrotate)

# build_uapi NAME SOURCE...: what speaks to the kernel's interface itself
build_uapi() {
	local name=$1 out=$BUILD/vm/bin/$1 it files=(); shift
	for it in "$@" uapi.c; do files+=("$HERE/clients/$it"); done
	for it in "${files[@]}" "$HERE"/clients/uapi*.h "$ROOT"/uapi/linux/*.h; do
		[ "$out" -nt "$it" ] || break
	done
	[ "$out" -nt "$it" ] ||
		quietly "$BUILD/log/$name.log" cc -O2 -Wall -Wextra -D_GNU_SOURCE \
			-pthread -I"$ROOT/uapi" -o "$out" "${files[@]}"
}

# The clients that have to be built: static Go, Java, and C that must be fast.
build_clients() {
	local src=$HERE/clients bin=$BUILD/vm/bin
	mkdir -p "$bin"
	[ "$bin/fetch-go" -nt "$src/fetch.go" ] ||
		GOCACHE=$BUILD/vm/gocache CGO_ENABLED=0 GO111MODULE=off \
			quietly "$BUILD/log/go.log" \
			go build -o "$bin/fetch-go" "$src/fetch.go"
	local it
	for it in uring leaks_uring dnsload entries; do
		[ "$bin/$it" -nt "$src/$it.c" ] ||
			quietly "$BUILD/log/$it.log" cc -O2 -Wall -D_GNU_SOURCE \
				-o "$bin/$it" "$src/$it.c" -luring
	done
	build_uapi uapi_args uapi_args.c uapi_bits.c
	build_uapi uapi_calls uapi_calls.c
	build_uapi uapi_race uapi_race.c
	build_uapi uapi_fuzz uapi_fuzz.c uapi_fuzz_call.c uapi_fuzz_net.c
	build_uapi failnth failnth.c failnth_net.c
	[ "$bin/Fetch.class" -nt "$src/Fetch.java" ] ||
		quietly "$BUILD/log/java.log" javac --release 17 -d "$bin" \
			"$src/Fetch.java"
	build_livepatch
}

# A module of the case livepatch
build_livepatch() {
	local dir=$BUILD/vm/$KVER/livepatch headers
	headers=$(headers_dir "$KVER")
	grep -qs '^CONFIG_LIVEPATCH=y' "$headers/.config" || return 0
	mirror "$HERE/livepatch" "$dir"
	quietly "$BUILD/log/livepatch-$KVER.log" make -C "$headers" M="$dir" modules
}

# unpacked NAME PACKAGE...: not installed, but below build/vm/NAME
unpacked() {
	local dir=$BUILD/vm/$1 deb; shift
	[ ! -e "$dir/.complete" ] || return 0
	mkdir -p "$dir"
	apt_update_once
	(cd "$dir" && quietly "$BUILD/log/apt-download.log" apt-get -q download "$@")
	for deb in "$dir"/*.deb; do dpkg -x "$deb" "$dir"; done
	rm -f "$dir"/*.deb
	touch "$dir/.complete"
}

# Installed, they would take over this machine's own names and clock.
fetch_unpacked() {
	unpacked resolved systemd-resolved libnss-resolve libnss-myhostname
	unpacked chrony chrony
}

# For a case that installs them, which says so.
build_packages() {
	local c
	for c in "${cases[@]}"; do
		[ "$(header "$c" packages)" = yes ] || continue
		"$ROOT/scripts/package" "$KVER"
		return
	done
}
