# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of mprox for bash. A test compares the words with --help.
# shellcheck shell=bash

_mprox() {
	local cur=$2 prev=$3 options='--help -h'

	case $COMP_CWORD,${COMP_WORDS[1]-} in
	1,*)
		COMPREPLY=($(compgen -W 'version config doctor --version --help -h' -- "$cur"))
		return ;;
	2,config)
		COMPREPLY=($(compgen -W 'validate show format diff backup restore import migrate
			--help -h' -- "$cur"))
		return ;;
	esac
	case ${COMP_WORDS[1]}:${COMP_WORDS[2]-} in
	version:*) options+=' --json' ;;
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
	--to) COMPREPLY=($(compgen -W 'toml json' -- "$cur")) ;;
	import) COMPREPLY=($(compgen -W 'proxychains' -- "$cur")) ;;
	*)
		if [[ $cur == -* ]]; then
			COMPREPLY=($(compgen -W "$options" -- "$cur"))
		else
			COMPREPLY=($(compgen -f -- "$cur"))
		fi ;;
	esac
} && complete -F _mprox mprox
