# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of mprox-run for bash. A test compares the options with --help.
# shellcheck shell=bash

_mprox_run_profiles() {
	local folder file
	for folder in "${XDG_CONFIG_HOME:-$HOME/.config}/mprox/profiles" /etc/mprox/profiles; do
		for file in "$folder"/*.toml; do
			[ -e "$file" ] && basename "$file" .toml
		done
	done
}

_mprox_run() {
	local cur=$2 prev=$3 i word
	local with_value=" -x --proxy -u --proxy-user -p --profile -f --config
		--proxy-bearer --proxy-header --tries --strategy --rounds
		--probe-interval --max-connects-per-second --scope --bypass --exempt-uid --exempt-pid --udp
		--dns --dns-server --dns-server-ca --dns-log --handshake-timeout
		--attempt-timeout --name --allow-family --log --log-format --log-level --log-filter --fail-status --user --end "
	local flags="--no-proxy-env --proxy-digest --chain --no-route --bind
		--dns-server-direct --no-pipeline --fastopen --preload --no-preload
		--lock --no-lock --no-local --strict --list --dry-run --json --check -q --quiet -v --verbose --version -h --help"

	# Behind the options it is another command's line.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--) ((i++)); break ;;
		-*) [[ $with_value =~ [[:space:]]$word[[:space:]] ]] && ((i++)) ;;
		*) break ;;
		esac
	done
	if ((i < COMP_CWORD)) || { ((i == COMP_CWORD)) && [[ $prev == -- ]]; }; then
		_command_offset "$i"
		return
	fi

	case $prev in
	-x|--proxy) COMPREPLY=($(compgen -W 'socks5:// socks5h:// socks4:// socks4a:// http://' -- "$cur")) ;;
	-p|--profile) COMPREPLY=($(compgen -W "$(_mprox_run_profiles)" -- "$cur") $(compgen -f -- "$cur")) ;;
	--log) COMPREPLY=($(compgen -W 'journal -' -- "$cur") $(compgen -f -- "$cur")) ;;
	--log-format) COMPREPLY=($(compgen -W 'text json' -- "$cur")) ;;
	--log-level) COMPREPLY=($(compgen -W 'error warning notice info debug' -- "$cur")) ;;
	-f|--config|--dns-server-ca|--dns-log) COMPREPLY=($(compgen -f -- "$cur")) ;;
	--strategy) COMPREPLY=($(compgen -W 'failover round-robin random weighted least-connections
		hash-source hash-destination least-latency' -- "$cur")) ;;
	--user) COMPREPLY=($(compgen -u -- "$cur")) ;;
	--scope) COMPREPLY=($(compgen -W 'tree process global' -- "$cur")) ;;
	--udp) COMPREPLY=($(compgen -W 'block proxy direct' -- "$cur")) ;;
	--dns) COMPREPLY=($(compgen -W 'fake proxy direct block' -- "$cur")) ;;
	*)
		[[ $with_value =~ [[:space:]]$prev[[:space:]] ]] && return
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W "$with_value $flags" -- "$cur"))
		else
			COMPREPLY=($(compgen -c -- "$cur"))
		fi ;;
	esac
} && complete -F _mprox_run mprox-run
