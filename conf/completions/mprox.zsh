#compdef mprox
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of mprox for zsh. A test compares the words with --help.

_mprox_scopes() {
	local -a scopes
	scopes=(${(s:,:)${(f)"$(mprox ps --all --csv 2>/dev/null | tail -n +2 | cut -d, -f1,2)"}})
	compadd -a scopes
}

_mprox_profiles() {
	local -a names
	names=(${XDG_CONFIG_HOME:-$HOME/.config}/mprox/profiles/*.toml(N:t:r)
		/etc/mprox/profiles/*.toml(N:t:r))
	compadd -a names
	_files
}

_mprox() {
	local curcontext=$curcontext state line
	local -a help json csv events places
	help=('(- *)'{-h,--help}'[say this]')
	json=('(--csv)--json[say it in JSON]')
	csv=($json '(--json)--csv[say it with commas]')
	events=('--kinds[those alone]:KIND:_values -s , kind open attempt failed proxied direct refused closed policy server-down server-up alert query'
		'--level[what is worth as much, or more]:LEVEL:(warning notice info debug)'
		'*--filter[of which all is true]:FILTER:')
	places=('*'{-x,--proxy}'[a proxy]:URL:(socks5\:// socks5h\:// socks4\:// socks4a\:// http\://)'
		{-p,--profile}'[a profile]:NAME:_mprox_profiles'
		{-f,--config}'[instead of what is read unasked]:FILE:_files'
		'--program[as it would be for that program]:APP:_command_names -e'
		'--chain[the proxies are one chain]')

	_arguments -C $help '(- *)--version[say which version this is]' \
		'1:command:((ps\:"the scopes that you may know of" ss\:"connections that go through a proxy"
			top\:"connections on the whole terminal" events\:"what happens from now on"
			log\:"what logs of events come to" names\:"the queries for names"
			servers\:"what is known of servers" stats\:"counters" show\:"the policy that a scope has" set\:"changes a scope"
			end\:"ends a scope" explain\:"what becomes of a destination" check\:"what each server does"
			doctor\:"what is in the way here" config\:"configurations" version\:"do module and programs go together"))' \
		'*::words:->words'
	[[ $state == words ]] || return
	curcontext=${curcontext%:*}-$line[1]:

	case $line[1] in
	ps) _arguments $help $csv {-a,--all}'[those that are disabled, too]' '*:scope:_mprox_scopes' ;;
	ss|servers) _arguments $help $csv '*:scope:_mprox_scopes' ;;
	top) _arguments $help {-d,--delay}'[from one look to the next]:SECONDS:' \
		{-n,--count}'[so many looks]:COUNT:' '--sort[by]:KEY:(rate octets age destination)' \
		{-r,--reverse}'[the last one first]' '--failures[what has failed lately]' \
		{-b,--batch}'[plain text, without a terminal]' '*:scope:_mprox_scopes' ;;
	events) _arguments $help $json $events {-f,--follow}'[scopes that are made later, too]' \
		'*:scope:_mprox_scopes' ;;
	log) _arguments $help $csv $events '--since[from then on]:TIME:' '--until[before that]:TIME:' \
		'--top[rows of each table]:N:' '--sort[by]:KEY:(connections octets)' '*:file:_files' ;;
	names) _arguments $help $json {-f,--follow}'[scopes that are made later, too]' \
		'*--filter[of which all is true]:FILTER:' '*:scope:_mprox_scopes' ;;
	stats) _arguments $help $csv '(--prometheus)--openmetrics[in the format of OpenMetrics]' \
		"(--openmetrics)--prometheus[in Prometheus' own format]" '--namespace[of this network namespace]' '*:scope:_mprox_scopes' ;;
	show) _arguments $help $json '1:scope:_mprox_scopes' ;;
	set) _arguments $help '1:scope:_mprox_scopes' \
		'2:what:(enable disable name server add-server policy alerts)' \
		'*:words:(weight= remove failed= failed-percent= min-connects= latency= bandwidth= servers-down= window= clear= off)' ;;
	end) _arguments $help '1:scope:_mprox_scopes' ;;
	explain) _arguments $help $json $places \
		'--no-proxy-env[leave NO_PROXY out]' \
		'--strategy[which of several servers goes first]:NAME:(failover round-robin random weighted least-connections hash-source hash-destination least-latency)' \
		'*--bypass[networks to reach directly]:CIDR:' \
		"--no-local[the machine's own addresses are proxied]" \
		'--dns[how names are resolved]:MODE:(fake proxy direct block)' \
		'--dns-server[whom --dns proxy asks]:WHOM:' \
		'--dns-server-direct[that one is not reached through the proxy]' \
		'--udp[what becomes of UDP]:MODE:(block proxy direct)' \
		'--scope[by the policy of a scope]:scope:_mprox_scopes' \
		'*:destination:_hosts' ;;
	check) _arguments $help $csv $places \
		{-u,--proxy-user}'[credentials for proxies without]:USER[\:PASSWORD]:' \
		'--proxy-digest[HTTP: Digest only]' \
		'--proxy-bearer[HTTP: a token]:TOKEN:' \
		'*--proxy-header[HTTP: one more header line]:NAME\: VALUE:' \
		'--timeout[how long each server may take]:SECONDS:' \
		'1:URL:_urls' ;;
	doctor) _arguments $help $json \
		'(-x --proxy)'{-p,--profile}'[its servers, too]:APP or FILE:_files' \
		'*'{-x,--proxy}'[this server, too]:URL:(socks5\:// socks5h\:// socks4\:// socks4a\:// http\://)' ;;
	version) _arguments $help $json ;;
	config) _mprox_config ;;
	esac
}

_mprox_config() {
	local state line
	_arguments -C $help \
		'1:command:(validate show format diff backup restore import migrate)' '*::words:->words'
	[[ $state == words ]] || return
	case $line[1] in
	validate) _arguments $help $json '*:file:_files' ;;
	show) _arguments $help $json '--secrets[passwords, too]' '1:APP or FILE:_files' ;;
	diff) _arguments $help $json '1:APP or FILE:_files' '2:APP or FILE:_files' ;;
	format) _arguments $help '--to[as]:KIND:(toml json)' '--in-place[writes the file itself]' \
		'--drop-comments[they may go]' '1:file:_files' ;;
	backup) _arguments $help '--user[without /etc/mprox]' '1:file:_files' ;;
	restore) _arguments $help '--user[without /etc/mprox]' '--keep[where to save what was there]:FILE:_files' '1:file:_files' ;;
	import) _arguments $help {-o,--output}'[into a file]:FILE:_files' '1:of:(proxychains)' '2:file:_files' ;;
	migrate) _arguments $help '1:file:_files' ;;
	esac
}

_mprox "$@"
