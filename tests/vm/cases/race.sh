# SPDX-License-Identifier: GPL-2.0-or-later
# the program's SYN, sent again, and that of our next attempt leave at once
# processors: 2
start_target
start_microsocks 1080
filter_in proxy swallow tcp dport 1099 drop
# An attempt has a second, in which a debug kernel cannot do a hundred handshakes.
count=$((SLOW > 1 ? 20 : 100))
for _ in 1 2 3; do
	expect_eq "$(in_app /usr/bin/python3 "$VM/clients/race.py" $TARGET4 $count)" \
		$count "connections"
done
