# SPDX-License-Identifier: GPL-2.0-or-later
# a thread with no_new_privs does not bring a setuid program of its process into a scope
# once: yes
# debug: yes
# capture: no
start_target
open_forwarding
use_proxy microsocks 4
USER=(setpriv --reuid 65534 --regid 65534 --clear-groups)
NNP=(/usr/bin/python3 "$VM/clients/nnp.py")
unload_module
load_module unprivileged=1
chmod 666 /dev/mprox
# What prints the effective user, and who the target sees.
cat >/tmp/whoami.c <<-'C'
	#include <stdio.h>
	#include <stdlib.h>
	#include <unistd.h>
	int main(int argc, char **argv)
	{
		printf("euid %d\n", geteuid());
		fflush(stdout);
		setuid(geteuid());
		execv("/usr/bin/curl", argv);
		return 1;
	}
	C
gcc -o /tmp/whoami /tmp/whoami.c
chown 0:0 /tmp/whoami
chmod 4755 /tmp/whoami
PEER=(/tmp/whoami -sS -m 20 "http://$TARGET4/peer")
try() { in_app "${USER[@]}" "${NNP[@]}" "$@" "${PEER[@]}" | paste -sd ' '; }

expect_eq "$(in_app "${USER[@]}" "${PEER[@]}" | paste -sd ' ')" "euid 0 $APP4" \
	"the program gains privileges where it may"
say "CREATE"
expect_eq "$(try create one)" "EPERM euid 0 $APP4" "another thread without the flag"
expect_eq "$(try create child)" "EPERM euid 0 $APP4" "and its child"
expect_eq "$(try create all)" "OK euid 65534 $EXIT" "every thread has it"

say "JOIN"
spawn app "${USER[@]}" --no-new-privs /usr/bin/python3 "$VM/clients/holder.py" theirs 0 \
	>"$OUT/theirs"
within 20 grep -q locked "$OUT/theirs"
expect_eq "$(try theirs one)" "EPERM euid 0 $APP4" "another thread without the flag"
expect_eq "$(try theirs all)" "OK euid 65534 $EXIT" "every thread has it"
