#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nnp.py FROM WHO COMMAND...: can one thread of a process bring its others into a scope?

A thread sets no_new_privs and makes a context (FROM is "create") or enters the one
that is named FROM. WHO is "one" (the main thread has not set the flag, and executes
COMMAND), "all" (it has) or "child" (as "one", but a child of it does). What the
thread's call came to stands on the first line. The proxy is the rig's at 1080.
"""
import ctypes
import os
import sys
import threading

import mprox

FROM, WHO, COMMAND = sys.argv[1], sys.argv[2], sys.argv[3:]
PR_SET_NO_NEW_PRIVS = 38
libc = ctypes.CDLL(None)


def enter():
    if FROM == "create":
        fd = mprox.create()
        mprox.set_policy(fd)
        mprox.enable(fd)
        return
    mprox.join(mprox.open_id(next(one["id"] for one in mprox.contexts()[0]
                                  if one["name"] == FROM)))


def other_thread():
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    print(mprox.attempt(enter), flush=True)


if WHO == "all":
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
thread = threading.Thread(target=other_thread)
thread.start()
thread.join()
if WHO == "child" and os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
os.execv(COMMAND[0], COMMAND)
