# SPDX-License-Identifier: GPL-2.0-or-later
# a refused call for every rejection that the uapi header promises
# quick: yes
# capture: no
in_app /usr/bin/python3 "$VM/clients/uapi_test.py"
