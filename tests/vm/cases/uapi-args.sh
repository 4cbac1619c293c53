# SPDX-License-Identifier: GPL-2.0-or-later
# every ioctl with every size, pointer, bit, place and descriptor; racing calls
# processors: 2
# debug: yes
# timeout: 300
bin=$BUILD/vm/bin
in_app "$bin/uapi_args"
in_app "$bin/uapi_calls"
in_app "$bin/uapi_race" "${RACE_SECONDS:-10}"
