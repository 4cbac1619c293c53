#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""twice.py: reads "tcpdump -nnS" and prints each TCP segment that went twice.

Only those with an octet, a SYN or a FIN: an acknowledgment may be repeated.
"""
import re
import sys

SEGMENT = re.compile(r"IP6? (\S+) > (\S+): Flags \[([^]]*)\], seq ([\d:]+).*"
                     r"length (\d+)")
seen = set()
for line in sys.stdin:
    match = SEGMENT.search(line)
    if not match or (match[5] == "0" and not set(match[3]) & set("SF")):
        continue
    # A reset ends it, and the next connection may have the same ports.
    key = match.group(1, 2, 3, 4)
    if "R" in match[3]:
        continue
    if key in seen:
        print(line, end="")
    seen.add(key)
