#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""holder.py NAME FLAGS [COMMAND...]: makes a context, enables and locks it.

The proxy is the rig's at 1080. Then COMMAND, with the descriptor's number in FD; or,
without one, nothing until it is killed.
"""
import os
import signal
import sys

import mprox

NAME, FLAGS, COMMAND = sys.argv[1], int(sys.argv[2], 0), sys.argv[3:]
fd = mprox.create(FLAGS)
mprox.set_name(fd, NAME.encode())
mprox.set_policy(fd)
mprox.enable(fd)
mprox.lock(fd)
print("locked", flush=True)
if COMMAND:
    os.environ["FD"] = str(fd)
    os.execvp(COMMAND[0], COMMAND)
signal.pause()
