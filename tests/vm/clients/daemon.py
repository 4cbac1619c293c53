#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""daemon.py URL FILE: does all that a daemon does to shake off its past.

Closes every descriptor, leaves the session, forks twice and goes on with an
empty environment; then fetches URL into FILE.
"""
import os
import sys
import urllib.request

if len(sys.argv) == 3:
    if os.fork():
        os._exit(0)
    os.closerange(0, 65536)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.execve("/usr/bin/python3", ["python3", __file__, "now"] + sys.argv[1:], {})

_, _, url, path = sys.argv
try:
    text = urllib.request.urlopen(url, timeout=60).read().decode()
except OSError as err:
    text = f"{err}\n"
with open(path + ".new", "w") as out:
    out.write(text)
os.rename(path + ".new", path)
