# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of mprox for bash. A test compares the words with --help.
# shellcheck shell=bash

# Numbers and names of scopes.
_mprox_scopes() {
	mprox ps --all --csv 2>/dev/null | tail -n +2 | cut -d, -f1,2 | tr , '\n'
}

_mprox() {
	local cur=$2 prev=$3 options='--help -h'

	case $COMP_CWORD,${COMP_WORDS[1]-} in
	1,*)
		COMPREPLY=($(compgen -W 'ps ss top events log names servers stats show set end
			explain check doctor config version --version --help -h' -- "$cur"))
		return ;;
	2,config)
		COMPREPLY=($(compgen -W 'validate show format diff backup restore import migrate
			--help -h' -- "$cur"))
		return ;;
	esac
	case ${COMP_WORDS[1]}:${COMP_WORDS[2]-} in
	ps:*) options+=' --all -a --json --csv' ;;
	ss:*|servers:*) options+=' --json --csv' ;;
	events:*) options+=' --follow -f --kinds --level --filter --json' ;;
	top:*) options+=' --delay -d --count -n --sort --reverse -r --failures --batch -b' ;;
	log:*) options+=' --since --until --top --sort --kinds --level --filter --json --csv' ;;
	names:*) options+=' --follow -f --filter --json' ;;
	stats:*) options+=' --json --csv --openmetrics --prometheus --namespace' ;;
	version:*|show:*) options+=' --json' ;;
	explain:*) options+=' --proxy -x --profile -p --config -f --program --no-proxy-env --chain --strategy
		--bypass --no-local --dns --dns-server --dns-server-direct --udp --scope --json' ;;
	check:*) options+=' --proxy -x --profile -p --config -f --program --chain --proxy-user -u
		--proxy-digest --proxy-bearer --proxy-header --timeout --json --csv' ;;
	doctor:*) options+=' --profile -p --proxy -x --json' ;;
	config:validate|config:diff) options+=' --json' ;;
	config:show) options+=' --secrets --json' ;;
	config:format) options+=' --to --in-place --drop-comments' ;;
	config:backup) options+=' --user' ;;
	config:restore) options+=' --keep --user' ;;
	config:import) options+=' --output -o' ;;
	esac
	case $prev in
	-x|--proxy) COMPREPLY=($(compgen -W 'socks5:// socks5h:// socks4:// socks4a:// http://' -- "$cur")) ;;
	--kinds) COMPREPLY=($(compgen -W 'open attempt failed proxied direct refused closed policy
		server-down server-up alert query' -- "$cur")) ;;
	--level) COMPREPLY=($(compgen -W 'error warning notice info debug' -- "$cur")) ;;
	--sort)
		if [[ ${COMP_WORDS[1]} == top ]]; then
			COMPREPLY=($(compgen -W 'rate octets age destination' -- "$cur"))
		else
			COMPREPLY=($(compgen -W 'connections octets' -- "$cur"))
		fi ;;
	--strategy) COMPREPLY=($(compgen -W 'failover round-robin random weighted least-connections
		hash-source hash-destination least-latency' -- "$cur")) ;;
	--udp) COMPREPLY=($(compgen -W 'block proxy direct' -- "$cur")) ;;
	--dns) COMPREPLY=($(compgen -W 'fake proxy direct block' -- "$cur")) ;;
	--scope) COMPREPLY=($(compgen -W "$(_mprox_scopes)" -- "$cur")) ;;
	--program) COMPREPLY=($(compgen -c -- "$cur")) ;;
	--filter|--bypass|--dns-server|-u|--proxy-user|--proxy-bearer|--proxy-header|--timeout|--since|--until|--top|-d|--delay|-n|--count) ;;
	--to) COMPREPLY=($(compgen -W 'toml json' -- "$cur")) ;;
	import) COMPREPLY=($(compgen -W 'proxychains' -- "$cur")) ;;
	*)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W "$options" -- "$cur"))
		elif [[ ${COMP_WORDS[1]} == set && $COMP_CWORD == 3 ]]; then
			COMPREPLY=($(compgen -W 'enable disable name server add-server policy alerts' -- "$cur"))
		elif [[ ${COMP_WORDS[1]}:${COMP_WORDS[3]-} == set:alerts ]]; then
			COMPREPLY=($(compgen -W 'failed= failed-percent= min-connects= latency= bandwidth=
				servers-down= window= clear= off' -- "$cur"))
		elif [[ ${COMP_WORDS[1]}:${COMP_WORDS[3]-} == set:server && $COMP_CWORD == 5 ]]; then
			COMPREPLY=($(compgen -W 'socks5:// socks4:// http:// weight= remove' -- "$cur"))
		elif [[ ${COMP_WORDS[1]}:${COMP_WORDS[3]-} == set:add-server ]]; then
			COMPREPLY=($(compgen -W 'socks5:// socks4:// http://' -- "$cur"))
		elif [[ ${COMP_WORDS[1]}:${COMP_WORDS[3]-} == set:policy ]]; then
			COMPREPLY=($(compgen -f -- "$cur"))
		elif [[ ${COMP_WORDS[1]} == @(ps|ss|top|events|names|servers|stats|show|set|end) ]]; then
			COMPREPLY=($(compgen -W "$(_mprox_scopes)" -- "$cur"))
		elif [[ ${COMP_WORDS[1]} == explain ]]; then
			COMPREPLY=($(compgen -A hostname -- "$cur"))
		elif [[ ${COMP_WORDS[1]} == check && $prev != @(-p|--profile|-f|--config) ]]; then
			COMPREPLY=($(compgen -W 'https:// http://' -- "$cur"))
		else
			COMPREPLY=($(compgen -f -- "$cur"))
		fi ;;
	esac
} && complete -F _mprox mprox
