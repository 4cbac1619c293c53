# SPDX-License-Identifier: GPL-2.0-or-later
# Firefox takes a picture of a page that only the proxy can reach
# thorough: yes
# once: yes
# timeout: 420
# shellcheck source=tests/vm/firefox.sh
. "$VM/firefox.sh"
start_target
firefox_page
[ -z "${THOROUGH-}" ] || PROXIES=microsocks FAMILIES=4 each_proxy firefox_shoot
PROXIES=danted-password FAMILIES=6 each_proxy firefox_shoot
