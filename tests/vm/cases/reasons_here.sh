# SPDX-License-Identifier: GPL-2.0-or-later
# why a connection has failed, where no proxy says so: this machine, the program, or nobody that speaks SOCKS
# once: yes
# capture: no
start_target
use_proxy microsocks 4
start_fakesocks 1090=silent 1091=broken
LOG=/tmp/log.jsonl
no_reader() { ! pgrep -x mprox-log >/dev/null; }

# tells REASON ERRNO WORDS MPROX-RUN'S-OPTIONS... -- COMMAND...: the first failure
tells() {
	local reason=$1 errno=$2 words=$3 first; shift 3
	say "$reason"
	rm -f $LOG
	in_app "$MPROX_RUN" -q --log $LOG "$@" >/tmp/said 2>&1 || true
	within 10 no_reader || fail "$reason: the reader is still there"
	first=$(jq -cs '[.[] | select(.kind == "failed" or .kind == "refused")][0]' $LOG)
	echo "    $first"
	expect_eq "$(jq -r .reason <<<"$first")" "$reason" "reason; $(cat /tmp/said)"
	expect_eq "$(jq -r .errno <<<"$first")" "$errno" "$reason: errno"
	expect_match "$(jq -r .text <<<"$first")" "$words" "$reason: text"
	expect_match "$(jq -r .program <<<"$first")" '.' "$reason: program"
}
# python SCRIPT: with the target's address as sys.argv[1]
python() { set -- /usr/bin/python3 -c "import socket, sys, time
$1" $TARGET4; COMMAND=("$@"); }
THROUGH=(-x "$PROXY_URL")

python 'for _ in range(9):
    socket.socket().connect_ex((sys.argv[1], 7))'
tells rate ECONNREFUSED "too many connections are made in a second" \
	"${THROUGH[@]}" --max-connects-per-second 1 -- "${COMMAND[@]}"

python 'socket.socket().connect_ex((sys.argv[1], 7))'
tells netns ENETUNREACH "another network namespace" "${THROUGH[@]}" -- unshare -n "${COMMAND[@]}"

tells protocol EPERM "no proxy carries this protocol" "${THROUGH[@]}" -- ping -c 1 -W 1 $TARGET4

python 'sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.connect((sys.argv[1], 7))
for _ in range(5):
    try:
        sock.send(b"x")
    except OSError:
        pass
    time.sleep(0.5)'
tells command EHOSTUNREACH "does not know the command" "${THROUGH[@]}" --udp proxy -- "${COMMAND[@]}"

# struct tcp_md5sig (linux/tcp.h): an address, a key.
python 'sock = socket.socket()
import struct
address = struct.pack("=H2x4s", socket.AF_INET, socket.inet_aton(sys.argv[1])).ljust(128, b"\0")
sock.setsockopt(socket.IPPROTO_TCP, 14, address + struct.pack("=BBHI", 0, 0, 3, 0) + b"key".ljust(80, b"\0"))
sock.connect_ex((sys.argv[1], 7))'
tells signed EOPNOTSUPP "signs what it sends" "${THROUGH[@]}" -- "${COMMAND[@]}"

python 'sock = socket.socket()
sock.setblocking(False)
sock.connect_ex((sys.argv[1], 7))
time.sleep(1)
sock.close()
time.sleep(1)'
tells aborted ECONNABORTED "given up" -x "socks5://$PROXY4:1090" -- "${COMMAND[@]}"

was=$(in_app sysctl -n net.ipv4.ip_local_port_range)
in_app sysctl -qw net.ipv4.ip_local_port_range="20100 20109"
python 'socks = [socket.socket() for _ in range(12)]
for sock in socks:
    sock.connect_ex((sys.argv[1], 7))'
tells no-port EADDRNOTAVAIL "every local port" "${THROUGH[@]}" -- "${COMMAND[@]}"
in_app sysctl -qw net.ipv4.ip_local_port_range="$was"

python 'sock = socket.socket()
sock.setsockopt(socket.IPPROTO_IP, 4, bytes([131, 7, 4]) + socket.inet_aton("192.0.2.1") + b"\0")
sock.connect_ex((sys.argv[1], 7))'
tells detour ECONNREFUSED "source-routed" "${THROUGH[@]}" -- "${COMMAND[@]}"

python 'socket.socket().connect_ex((sys.argv[1], 7))'
tells is-other EHOSTUNREACH "is not a proxy of this type" -x "socks5://$PROXY4:1091" -- "${COMMAND[@]}"
