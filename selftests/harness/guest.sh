#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# First process of every test machine, QEMU and User Mode Linux alike: lays
# writable folders over the host's root, which is mounted read-only, runs the
# one script that vm.sh was given, writes its exit status as the verdict and
# switches the machine off.
#
# From the kernel's command line: twin_repo, twin_out, twin_share, twin_bed,
# twin_modules, and twin_shell when a person sits at the console.
#
# shellcheck disable=SC2154

set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/run/home LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1

mount_folders()
{
	mount -t proc proc /proc
	mount -a -T "${0%/*}/guest.fstab"
	mkdir -p /run/lock /run/netns "$HOME" /var/log/nginx /dev/net /etc/netns
	mknod /dev/net/tun c 10 200
	ln -s /proc/self/fd/0 /dev/stdin
	ln -s /proc/self/fd/1 /dev/stdout
	ln -s /proc/self/fd /dev/fd
}

# /etc is now empty: links into the host's, so that a test may replace any.
fill_etc()
{
	local entry names=()

	for entry in /run/etc/*; do
		case ${entry##*/} in
		netns | resolv.conf | mtab) ;;
		*) names+=("$entry") ;;
		esac
	done
	ln -s "${names[@]}" /etc/
	ln -s /proc/self/mounts /etc/mtab
	: >/etc/resolv.conf
}

# A path of the host that one of the fresh folders has hidden is shown again.
expose()
{
	[ -e "$1" ] && return
	if [ -d "/run/host$1" ]; then
		mkdir -p "$1"
	else
		mkdir -p "$(dirname "$1")"
		: >"$1"
	fi
	mount --bind "/run/host$1" "$1"
}

mount_modules()
{
	[ -n "${twin_modules:-}" ] || return 0
	expose "$twin_modules"
	mount --bind "$twin_modules" /mnt
	mount -t tmpfs modules /lib/modules
	mkdir "/lib/modules/$(uname -r)"
	mount --move /mnt "/lib/modules/$(uname -r)"
	mount -t tmpfs scratch /mnt
}

# mount_writable TAG FOLDER: one of the host's, under its own name.
mount_writable()
{
	mkdir -p "$2"
	case $twin_bed in
	debug | time | smp-uml) mount -t hostfs -o "$2" "$1" "$2" ;;
	*) mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none \
		"$1" "$2" ;;
	esac
}

set_up_network()
{
	local knob

	for knob in all default; do
		echo 1 >"/proc/sys/net/ipv6/conf/$knob/disable_ipv6"
	done
	echo 1 >/proc/sys/net/core/devconf_inherit_init_net
	echo twin-vm >/proc/sys/kernel/hostname
	ip link set lo up
}

# hostfs keeps what is written in the guest's memory for a while, so that the
# script's lines come out through a console of their own there.
open_output()
{
	if [ -c "${twin_tty:-}" ]; then
		stty -F "$twin_tty" raw -echo
		exec >"$twin_tty" 2>&1
	else
		exec >"$twin_out/vm/output" 2>&1
	fi
}

power_off()
{
	sync
	busybox poweroff -f
}

serve_a_person()
{
	cd "$twin_repo" || exit
	setsid -c -w bash -l </dev/console >/dev/console 2>&1
	power_off
}

mount_folders 2>/dev/null
exec </dev/null >/dev/console 2>&1
fill_etc
expose "$twin_repo"
mount_writable out "$twin_out"
[ -z "${twin_share:-}" ] || mount_writable share "$twin_share"
mount_modules
set_up_network 2>/dev/null
export TWIN_OUT=$twin_out TWIN_SHARE=${twin_share:-} TWIN_REPO=$twin_repo TWIN_BED=$twin_bed TWIN_VM=1
unset TERM
[ -n "${twin_shell:-}" ] && serve_a_person

mapfile -d '' -t command_line <"$twin_out/vm/command"
expose "${command_line[0]}"
open_output
cd "$twin_repo" || exit
"${command_line[@]}"
echo $? >"$twin_out/vm/verdict"
power_off
