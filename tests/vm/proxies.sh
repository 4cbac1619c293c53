# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The proxies of the cases: real servers, each on IPv4 and IPv6. Part of lib.sh.
shopt -s extglob

# Proxies, each on IPv4 and IPv6: PORT [USER PASSWORD]

start_microsocks() {
	local port=$1 a auth=()
	[ $# -lt 3 ] || auth=(-u "$2" -P "$3")
	for a in "${PROXY_AT[@]}"; do
		spawn proxy microsocks -i "$a" -p "$port" ${auth[@]+"${auth[@]}"} \
			2>>"$OUT/microsocks-$port.log"
	done
	for a in "${PROXY_AT[@]}"; do wait_port proxy "$a" "$port"; done
}

# Its users are the system's. A relay that connects its socket would not hear
# those who answer from another port.
start_danted() {
	local port=$1 a method=none conf=/tmp/danted-$1.conf
	if [ $# -ge 3 ]; then
		method=username
		id "$2" >/dev/null 2>&1 || useradd -M -s /usr/sbin/nologin \
			-p "$(openssl passwd -1 "$3")" "$2"
	fi
	cat >"$conf" <<-EOF
	logoutput: $OUT/danted-$port.log
	internal.protocol: ipv4 ${IPV6:+ipv6}
	internal: $PROXY4 port = $port
	${IPV6:+internal: $PROXY6 port = $port}
	external.protocol: ipv4 ${IPV6:+ipv6}
	external: px1
	clientmethod: none
	socksmethod: $method
	user.privileged: root
	user.unprivileged: nobody
	timeout.connect: 20
	udp.connectdst: no
	client pass { from: 0/0 to: 0/0 }
	socks pass { from: 0/0 to: 0/0 log: connect error }
	EOF
	spawn proxy danted -f "$conf" -p "/tmp/danted-$port.pid" \
		>"$OUT/danted-$port.err" 2>&1
	for a in "${PROXY_AT[@]}"; do wait_port proxy "$a" "$port"; done
}

# A SOCKS5 server of its own on the near end, and its own protocol behind it
start_shadowsocks() {
	local port=$1 a secret=(-k mutex -m chacha20-ietf-poly1305)
	# Names are its far end's to resolve.
	spawn proxy ss-server -v -u -s 127.0.0.1 -p 8388 -d 127.0.0.1 \
		"${secret[@]}" >"$OUT/ss-server.log" 2>&1
	for a in "${PROXY_AT[@]}"; do
		spawn proxy ss-local -v -u -s 127.0.0.1 -p 8388 -b "$a" -l "$port" \
			"${secret[@]}" >>"$OUT/shadowsocks-$port.log" 2>&1
	done
	wait_port proxy 127.0.0.1 8388
	for a in "${PROXY_AT[@]}"; do wait_port proxy "$a" "$port"; done
}

start_v2ray() {
	local port=$1 a inbounds=''
	for a in "${PROXY_AT[@]}"; do
		inbounds+="${inbounds:+,} { \"listen\": \"$a\", \"port\": $port,
			\"protocol\": \"socks\",
			\"settings\": { \"udp\": true, \"ip\": \"$a\" } }"
	done
	cat >/tmp/v2ray.json <<-EOF
	{ "log": { "access": "$OUT/v2ray-$port.log", "loglevel": "warning" },
	  "inbounds": [ $inbounds ],
	  "outbounds": [ { "protocol": "freedom" } ] }
	EOF
	spawn proxy v2ray -config /tmp/v2ray.json >"$OUT/v2ray.err" 2>&1
	for a in "${PROXY_AT[@]}"; do wait_port proxy "$a" "$port"; done
}

# start_fakesocks PORT=MODE...: servers that misbehave; see the program's head
start_fakesocks() {
	local it
	spawn proxy /usr/bin/python3 "$VM/servers/fakesocks.py" "$@" \
		>>"$OUT/fakesocks.log" 2>&1
	for it in "$@"; do wait_port proxy $PROXY4 "${it%%=*}"; done
}

# Squid, with all that it writes below /tmp; $1: its name, the rest: its config
squid() {
	local dir=/tmp/squid-$1
	mkdir -p "$dir"
	cat >"$dir/conf" <<-EOF
	pid_filename $dir/pid
	cache_log $OUT/squid-$1.cache.log
	coredump_dir $dir
	cache deny all
	cache_mem 8 MB
	workers 1
	visible_hostname proxy
	shutdown_lifetime 0 seconds
	acl to_target dst $TARGET4 $TARGET6 $NOWHERE4 $NOWHERE6
	acl denied dst 10.98.0.0/16 fd98::/32
	$2
	EOF
	chown -R proxy:proxy "$dir"
	chmod 777 "$OUT"
	spawn proxy squid -N -f "$dir/conf" >>"$OUT/squid-$1.err" 2>&1
}

# Without and with Basic, on two ports of one squid
start_squid() {
	[ -z "${SQUID_RUNS-}" ] || return 0
	SQUID_RUNS=yes
	htpasswd_line >/tmp/basic-users
	squid basic "
	http_port $PROXY4:1084 name=open4
	http_port [$PROXY6]:1084 name=open6
	http_port $PROXY4:1085 name=basic4
	http_port [$PROXY6]:1085 name=basic6
	logformat mutex %ts %>a %rm %ru %Ss/%03>Hs %un
	access_log stdio:$OUT/squid-1084.log mutex
	auth_param basic program /usr/lib/squid/basic_ncsa_auth /tmp/basic-users
	auth_param basic children 2 startup=1
	auth_param basic realm mutex
	acl open myportname open4 open6
	acl known proxy_auth REQUIRED
	http_access deny denied
	http_access allow open
	http_access allow known
	http_access deny all"
	ln -sf squid-1084.log "$OUT/squid-1085.log"
	wait_port proxy $PROXY4 1084
	wait_port proxy $PROXY6 1085
}

start_squid_digest() {
	printf '%s:mutex:%s\n' $PROXY_USER "$(printf '%s:mutex:%s' $PROXY_USER \
		"$PROXY_PASS" | md5sum | cut -d ' ' -f 1)" >/tmp/digest-users
	squid digest "
	http_port $PROXY4:1086
	http_port [$PROXY6]:1086
	logformat mutex %ts %>a %rm %ru %Ss/%03>Hs %un
	access_log stdio:$OUT/squid-1086.log mutex
	auth_param digest program /usr/lib/squid/digest_file_auth -c /tmp/digest-users
	auth_param digest children 2 startup=1
	auth_param digest realm mutex
	auth_param digest nonce_max_count ${SQUID_NONCE_MAX:-50}
	acl known proxy_auth REQUIRED
	http_access allow known
	http_access deny all"
	wait_port proxy $PROXY4 1086
	wait_port proxy $PROXY6 1086
}

# As Apache's tools write it
htpasswd_line() {
	echo "$PROXY_USER:$(openssl passwd -apr1 "$PROXY_PASS")"
}

start_tinyproxy() {
	cat >/tmp/tinyproxy.conf <<-EOF
	Port 1087
	Listen $PROXY4
	Listen $PROXY6
	Timeout 60
	LogFile "$OUT/tinyproxy-1087.log"
	LogLevel Connect
	BasicAuth $PROXY_USER plainpassword
	MaxClients 100
	EOF
	spawn proxy tinyproxy -d -c /tmp/tinyproxy.conf >>"$OUT/tinyproxy.err" 2>&1
	wait_port proxy $PROXY4 1087
	wait_port proxy $PROXY6 1087
}

start_privoxy() {
	mkdir -p /tmp/privoxy
	cat >/tmp/privoxy/config <<-EOF
	confdir /etc/privoxy
	listen-address $PROXY4:1090
	listen-address [$PROXY6]:1090
	debug 1
	EOF
	spawn proxy privoxy --no-daemon /tmp/privoxy/config \
		>>"$OUT/privoxy-1090.log" 2>&1
	wait_port proxy $PROXY4 1090
	wait_port proxy $PROXY6 1090
}

# OpenSSH's own SOCKS server, on the way to an sshd on the same host
start_ssh_d() {
	ssh-keygen -q -t ed25519 -N '' -f /tmp/d_host_key
	ssh-keygen -q -t ed25519 -N '' -f /tmp/d_user_key
	cat >/tmp/d_sshd_config <<-C
	HostKey /tmp/d_host_key
	AuthorizedKeysFile /tmp/d_user_key.pub
	StrictModes no
	PermitRootLogin yes
	UsePAM no
	PidFile none
	LogLevel VERBOSE
	C
	mkdir -p /run/sshd
	spawn proxy /usr/sbin/sshd -D -f /tmp/d_sshd_config -p 22 -E "$OUT/d-sshd.log"
	wait_port proxy 127.0.0.1 22
	spawn proxy ssh -v -F none -i /tmp/d_user_key -o BatchMode=yes -N \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-D $PROXY4:1088 -D "[$PROXY6]:1088" root@127.0.0.1 \
		2>"$OUT/ssh-d-1088.log"
	wait_port proxy $PROXY4 1088
	wait_port proxy $PROXY6 1088
}

# The servers by their kind
declare -A PORT_OF=([microsocks]=1080 [microsocks-password]=1081
	[danted]=1082 [danted-password]=1083 [danted-socks4]=1082
	[squid]=1084 [squid-basic]=1085 [squid-digest]=1086
	[tinyproxy-basic]=1087 [ssh-d]=1088 [ssh-d-socks4]=1088 [privoxy]=1090
	[shadowsocks]=1091 [v2ray]=1092)
declare -A SCHEME_OF=([danted-socks4]=socks4 [ssh-d-socks4]=socks4a [squid]=http [squid-basic]=http
	[squid-digest]=http [tinyproxy-basic]=http [privoxy]=http)
# What each writes into its log for a connection
PROXY_SAYS='connected to|pass\([0-9]+\): tcp/connect [[]|TCP_TUNNEL/200|Established connection to host|direct-tcpip|Request: '
declare -A STARTED=()

start_proxy() {
	local port=${PORT_OF[$1]}
	[ -z "${STARTED[$port]-}" ] || return 0
	case $1 in
	squid|squid-basic) start_squid ;;
	squid-digest)	start_squid_digest ;;
	tinyproxy-*)	start_tinyproxy ;;
	privoxy)	start_privoxy ;;
	ssh-d*)		start_ssh_d ;;
	danted-socks4)	start_danted "$port" ;;
	*-password) "start_${1%-password}" "$port" $PROXY_USER "$PROXY_PASS" ;;
	*)	"start_$1" "$port" ;;
	esac
	STARTED[$port]=yes
}

# cred_of KIND: as a URL has them
cred_of() {
	case $1 in
	tinyproxy-basic) echo "$PROXY_USER:plainpassword@" ;;
	*-password|*-basic|*-digest) echo "$PROXY_CRED" ;;
	*-socks4)	echo someone@ ;;
	esac
}

# url_of KIND 4|6
url_of() {
	local host=$PROXY4
	[ "$2" = 4 ] || host=[$PROXY6]
	echo "${SCHEME_OF[$1]-socks5}://$(cred_of "$1")$host:${PORT_OF[$1]}"
}

# use_proxy KIND 4|6: sets what the words below speak of
use_proxy() {
	start_proxy "$1"
	PROXY_PORT=${PORT_OF[$1]}
	PROXY_LOG=$OUT/${1%-@(password|socks4|basic|digest)}-$PROXY_PORT.log
	PROXY_URL=$(url_of "$1" "$2")
	if [ "$2" = 4 ]; then
		TARGET=$TARGET4 HOST=$TARGET4 EXIT=$EXIT4 NOWHERE=$NOWHERE4
	else
		TARGET=$TARGET6 HOST=[$TARGET6] EXIT=$EXIT6 NOWHERE=$NOWHERE6
	fi
	export PROXY_URL PROXY_PORT TARGET HOST EXIT NOWHERE
	FAMILY=$2
	mark
}

# families_of KIND: what FAMILIES says. Without that and PROXIES one is enough, unless
# the run is to be THOROUGH: four servers make for each kind and each version of IP.
# If it is to be QUICK, one is always enough.
families_of() {
	if [ -z "$IPV6" ]; then echo 4
	elif [ -n "${FAMILIES-}" ]; then echo "$FAMILIES"
	elif [ -n "${QUICK-}" ]; then
		if [ "$1" = microsocks ]; then echo 4; else echo 6; fi
	elif [ -n "${PROXIES-}${THOROUGH-}" ]; then echo 4 6
	elif [[ $1 = microsocks || $1 = danted-password ]]; then echo 4
	else echo 6
	fi
}

# each_proxy FUNCTION: with every server of $PROXIES, of the SOCKS5 ones with and
# without a password, over the versions of IP in $FAMILIES
each_proxy() {
	local kind family families all="microsocks microsocks-password danted danted-password"
	[ -z "${QUICK-}" ] || all="microsocks danted-password"
	for kind in ${PROXIES:-$all}; do
		families=$(families_of "$kind")
		for family in $families; do
			use_proxy "$kind" "$family"
			say "$1 through $PROXY_URL"
			"$1"
		done
	done
}
