# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# Servers of the target that more than one case needs.

# A real sshd, that lets /tmp/user_key in
start_sshd() {
	ssh-keygen -q -t ed25519 -N '' -f /tmp/host_key
	ssh-keygen -q -t ed25519 -N '' -f /tmp/user_key
	cat >/tmp/sshd_config <<-C
	HostKey /tmp/host_key
	AuthorizedKeysFile /tmp/user_key.pub
	StrictModes no
	PermitRootLogin yes
	UsePAM no
	UseDNS no
	PidFile none
	C
	spawn target /usr/sbin/sshd -D -f /tmp/sshd_config -E "$OUT/sshd.log"
	wait_port target $TARGET4 22
}

# What a user has to say to get in
SSH=(ssh -F none -i /tmp/user_key -o KexAlgorithms=curve25519-sha256
	-o BatchMode=yes -o StrictHostKeyChecking=no
	-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR)

# A repository with /tmp/origin/blob in it, which the web server has as well
make_repository() {
	git init -q -b main /tmp/origin
	head -c 200000 /dev/urandom >/tmp/origin/blob
	git -C /tmp/origin add blob
	git -C /tmp/origin -c user.name=t -c user.email=t@t commit -qm first
	git clone -q --bare /tmp/origin $WEB/repo.git
	git -C $WEB/repo.git update-server-info
}
