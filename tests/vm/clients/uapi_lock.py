# SPDX-License-Identifier: GPL-2.0-or-later
"""Part of uapi_test.py: locks, names and numbers of contexts."""
import fcntl
import os

import mprox

BAD_ADDRESS = 0x10


def test_lock(context, expect, expect_text):
    fd = context()
    expect("EINVAL", "LOCK: disabled", mprox.lock, fd)
    mprox.set_policy(fd)
    mprox.enable(fd)
    expect("EINVAL", "LOCK with an argument", fcntl.ioctl, fd, mprox.LOCK, 1)
    os.close(fd)
    fd = context()
    fcntl.ioctl(fd, mprox.SET_SCOPE, mprox.SCOPE.pack(16, 0, mprox.PROCESS, 0))
    mprox.set_policy(fd)
    mprox.enable(fd)
    expect("EOPNOTSUPP", "LOCK: one process", mprox.lock, fd)
    os.close(fd)


def in_scope(context, expect, expect_text):
    """The last test: the process is in scope until it ends."""
    fd = context()
    mprox.set_policy(fd)
    mprox.enable(fd)
    number = mprox.info(fd)["id"]
    expect("OK", "LOCK", mprox.lock, fd)
    expect("OK", "INFO of a locked one", mprox.info, fd)
    expect("OK", "GET_STATS of a locked one", os.read, fd, 48)
    expect("EALREADY", "JOIN of a locked one", mprox.join, fd)
    for name, call in (("LOCK", mprox.lock), ("ENABLE", mprox.enable),
                       ("DISABLE", mprox.disable), ("SET_POLICY", mprox.set_policy),
                       ("ROUTE", mprox.route)):
        expect("EPERM", f"{name}: locked", call, fd)
    expect("EPERM", "END by a member", mprox.end, number)
    os.close(fd)
    mine, count = mprox.contexts(mprox.LIST_MINE)
    expect_text("[True]", "a close-on-exec one outlives its descriptors",
                str([one["flags"] == mprox.ENABLED | mprox.PRIVILEGED | mprox.LOCKED |
                     mprox.MEMBER for one in mine if one["id"] == number]))


def test_names(context, expect, expect_text):
    fd = context()
    expect_text("", "the name of a new one", mprox.info(fd)["name"])
    for what, text in (("empty", b""), ("a blank", b"a b"), ("too long", b"x" * 32),
                       ("not ASCII", "ü".encode()), ("a tail", b"a\0b")):
        expect("EINVAL", f"SET_NAME: {what}", mprox.set_name, fd, text)
    expect("EINVAL", "SET_NAME: flags", mprox.set_name, fd, b"a", mprox.NAME.size, 1)
    expect("EINVAL", "SET_NAME: size 39", mprox.set_name, fd, b"a", 39)
    expect("E2BIG", "SET_NAME: size 4097", mprox.set_name, fd, b"a", 4097)
    expect("OK", "SET_NAME", mprox.set_name, fd, b"x" * 31)
    expect_text("x" * 31, "its name", mprox.info(fd)["name"])
    expect("EFAULT", "INFO to a bad address", fcntl.ioctl, fd, mprox.INFO, BAD_ADDRESS)
    os.close(fd)


def test_numbers(context, expect, expect_text):
    fd = context()
    mprox.set_name(fd, b"numbered")
    number = mprox.info(fd)["id"]
    all_of_them, count = mprox.contexts()
    expect_text("1", "LIST", str(sum(one["id"] == number for one in all_of_them)))
    expect_text("([], True)", "LIST without room",
                str((mprox.contexts(0, 0)[0], mprox.contexts(0, 0)[1] == count)))
    expect("EINVAL", "LIST: flags", mprox.contexts, 2)
    expect("EINVAL", "LIST: room 65537", mprox.contexts, 0, 65537)
    expect("EFAULT", "LIST to a bad address", mprox.on_device, mprox.LIST, BAD_ADDRESS)
    expect("EFAULT", "contexts to a bad address", mprox.on_device, mprox.LIST,
           bytearray(mprox.LIST_ARG.pack(0, 8, BAD_ADDRESS, mprox.CONTEXT.size, 0, 0)))
    for what, fields in (("context_size 63", (63, 0, 0)), ("nr", (64, 1, 0)),
                         ("reserved", (64, 0, 1))):
        expect("EINVAL", f"LIST: {what}", mprox.on_device, mprox.LIST,
               bytearray(mprox.LIST_ARG.pack(0, 0, 0, *fields)))
    for name, call in (("OPEN_ID", mprox.open_id), ("END", mprox.end)):
        expect("ENOENT", f"{name}: of nobody", call, 0)
    other = mprox.open_id(number)
    expect_text("2", "descriptors", str(mprox.info(other)["descriptors"]))
    os.close(fd)
    expect_text("1", "descriptors after a close", str(mprox.info(other)["descriptors"]))
    expect("OK", "END", mprox.end, number)
    expect_text("0", "members after it", str(mprox.info(other)["members"]))
    os.close(other)


def test_memberships(context, expect, expect_text):
    """None of them is enabled, so each ends with its descriptor."""
    already = mprox.contexts(mprox.LIST_MINE)[1]
    held = [context() for _ in range(16 - already)]
    expect("ENOSPC", "CREATE: a member of 16", context)
    for fd in held:
        os.close(fd)
    expect("OK", "2000 one after the other",
           lambda: [os.close(context()) for _ in range(2000)])
    expect_text(str(already), "memberships at the end",
                str(mprox.contexts(mprox.LIST_MINE)[1]))


def test(context, expect, expect_text):
    test_lock(context, expect, expect_text)
    test_names(context, expect, expect_text)
    test_numbers(context, expect, expect_text)
    test_memberships(context, expect, expect_text)
    in_scope(context, expect, expect_text)
