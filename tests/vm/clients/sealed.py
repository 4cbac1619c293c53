#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sealed.py NAME: a member of the locked scope NAME tries to get out of it.

The descriptor that it has inherited is in FD. Prints what each try came to.
"""
import os
import sys

import mprox
from mprox import Policy, attempt, rule

sys.stdout.reconfigure(line_buffering=True)
fd = int(os.environ["FD"])
everything = [rule(family=0, prefix=0, addr=b"")]
direct = Policy(rules=everything)
me = next(one for one in mprox.contexts()[0] if one["name"] == sys.argv[1])
again = mprox.open_id(me["id"])
for name, descriptor in (("inherited", fd), ("opened", again)):
    print(name, "disable", attempt(mprox.disable, descriptor))
    print(name, "policy", attempt(mprox.set_policy, descriptor, direct))
    print(name, "config", attempt(os.write, descriptor, mprox.config()))
    print(name, "name", attempt(mprox.set_name, descriptor, b"other"))
print("end", attempt(mprox.end, me["id"]))
print("locked", bool(mprox.info(fd)["flags"] & mprox.LOCKED),
      "member", bool(mprox.info(fd)["flags"] & mprox.MEMBER))
lax = mprox.create(mprox.CLOEXEC)
mprox.set_policy(lax, Policy([mprox.server("10.77.2.2", 80)]))
mprox.enable(lax)
other = mprox.create(mprox.CLOEXEC)
mprox.set_policy(other, direct)
mprox.enable(other)
os.close(fd)
os.system("curl -sS -m 20 http://10.77.2.2/peer")
