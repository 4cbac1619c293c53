#compdef mprox-run
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of mprox-run for zsh. A test compares the options with --help.

_mprox_run_profiles() {
	local -a names
	names=(${XDG_CONFIG_HOME:-$HOME/.config}/mprox/profiles/*.toml(N:t:r)
		/etc/mprox/profiles/*.toml(N:t:r))
	compadd -a names
	_files
}

_mprox_run_logs() {
	compadd journal -
	_files
}

_arguments -S -s \
	'*'{-x,--proxy}'[a proxy]:URL:(socks5\:// socks5h\:// socks4\:// socks4a\:// http\://)' \
	{-u,--proxy-user}'[credentials for proxies without]:USER[\:PASSWORD]:' \
	{-p,--profile}'[a profile]:NAME:_mprox_run_profiles' \
	{-f,--config}'[instead of what is read unasked]:FILE:_files' \
	'--no-proxy-env[leave NO_PROXY out]' \
	'--proxy-digest[HTTP: Digest only]' \
	'--proxy-bearer[HTTP: a token]:TOKEN:' \
	'*--proxy-header[HTTP: one more header line]:NAME\: VALUE:' \
	'--tries[how often in a row each server is tried]:N:' \
	'--chain[the proxies are one chain]' \
	'--strategy[which of several servers goes first]:NAME:(failover round-robin random weighted least-connections hash-source hash-destination least-latency)' \
	'--rounds[how often the list of servers is gone through]:N:' \
	'--probe-interval[probe the servers that often]:SECONDS:' \
	'--max-connects-per-second[refuse connections beyond so many in a second]:N:' \
	'--scope[who is captured]:SCOPE:(tree process global)' \
	'(--no-lock)--lock[no program of the scope can end or change it]' \
	'(--lock)--no-lock[programs of the scope can]' \
	'--name[what --list and --end call it]:NAME:' \
	"--no-local[the machine's own addresses are proxied]" \
	'--strict[a filter of system calls]' \
	'*--allow-family[with --strict, an address family all the same]:NAME:' \
	'*--bypass[networks to reach directly]:CIDR:' \
	'*--exempt-uid[a user to leave alone]:UID:' \
	'*--exempt-pid[a process to leave alone]:PID:_pids' \
	'--no-route[no last-resort route]' \
	'--udp[what becomes of UDP]:MODE:(block proxy direct)' \
	'--bind[ports on the proxy for programs that listen]' \
	'--dns[how names are resolved]:MODE:(fake proxy direct block)' \
	'--dns-server[whom --dns proxy asks]:WHOM:' \
	'--dns-server-ca[whose certificates are trusted for that]:FILE:_files' \
	'--dns-server-direct[that one is not reached through the proxy]' \
	'--dns-log[what queries come to]:FILE:_files' \
	'--handshake-timeout[how long the proxy may take]:SECONDS:' \
	'--attempt-timeout[how long one of several servers may take]:SECONDS:' \
	"--no-pipeline[wait for each of the proxy's answers]" \
	'--fastopen[TCP Fast Open to servers that offer it]' \
	'(--no-preload)--preload[libmprox_auto.so in LD_PRELOAD]' \
	'(--preload)--no-preload[never libmprox_auto.so in LD_PRELOAD]' \
	'--log[what happens, line by line]:FILE:_mprox_run_logs' \
	'--log-format[of that]:FORMAT:(text json)' \
	'--log-level[what is worth as much, or more]:LEVEL:(error warning notice info debug)' \
	'*--log-filter[those events alone]:FILTER:' \
	'--fail-status[the exit status if the proxy has failed]:N:' \
	"--user[COMMAND is that user's]:NAME:_users" \
	'--list[the scopes that you may know of]' \
	'--end[ends a scope]:SCOPE:' \
	'--dry-run[say what would be done, and do nothing]' \
	'--json[say it in JSON]' \
	'--check[connect to every server first]' \
	{-q,--quiet}'[errors only]' \
	'*'{-v,--verbose}'[say what is done]' \
	'(- *)--version[say which version this is]' \
	'(- *)'{-h,--help}'[say what the options are]' \
	'(-)1:command:_command_names -e' \
	'*::arguments:_normal'
