#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""banner.py HOST: what its port 25 says first; then 3000 octets there and back."""
import socket
import sys

with socket.create_connection((sys.argv[1], 25), timeout=60) as sock:
    file = sock.makefile("rwb")
    banner = file.readline()
    file.write(b"x" * 3000 + b"\n")
    file.flush()
    assert file.readline() == b"x" * 3000 + b"\n"
sys.stdout.write(banner.decode())
