# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A newer release in a folder, for build trees whose tools this one cannot run.

# Prints the path of debootstrap: installed, or unpacked into the cache.
chroot_debootstrap()
{
	local root=$cache/debootstrap

	command -v debootstrap && return
	if [ ! -x "$root/usr/sbin/debootstrap" ]; then
		(apt_use own && apt_unpack "$root" debootstrap) || return 1
	fi
	export DEBOOTSTRAP_DIR=$root/usr/share/debootstrap
	echo "$root/usr/sbin/debootstrap"
}

chroot_bootstrap()
{
	local dir=$1 suite=$2 uri debootstrap

	[ "$(id -u)" = 0 ] || {
		say "only root can make a $suite chroot"
		return 1
	}
	read -r uri _ < <(apt_own_archive) || return 1
	debootstrap=$(chroot_debootstrap) || return 1
	say "making a $suite chroot"
	rm -rf "$dir" && mkdir -p "$dir" || return 1
	DEBOOTSTRAP_DIR=${debootstrap%/sbin/*}/share/debootstrap \
		"$debootstrap" --variant=minbase --include=make,gcc,kmod,pahole \
		"$suite" "$dir" "$uri" >"$dir.log" 2>&1 || {
		tail -n 5 "$dir.log" >&2
		return 1
	}
	touch "$dir/.complete"
}

# Debootstrap's own list stays: the compiler comes from there.
chroot_add_suite()
{
	local dir=$1 source=$2

	cp "$cache/apt/$source/sources.list" \
		"$dir/etc/apt/sources.list.d/$source.list" &&
		cp /etc/resolv.conf "$dir/etc/resolv.conf"
}

# Installs the headers of kernel $2 from suite $3 in chroot $1; prints KDIR.
chroot_headers()
{
	local dir=$1 kver=$2 source=$3 headers=linux-headers-$2

	[ -e "$dir/.complete" ] ||
		chroot_bootstrap "$dir" "${source%%-*}" || return 1
	if [ ! -e "$dir/usr/src/$headers/Makefile" ]; then
		say "installing $headers in the chroot"
		chroot_add_suite "$dir" "$source" &&
			"$here/in-chroot" "$dir" / sh -c "apt-get -qq update &&
				DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
				install -t $source $headers" \
				>>"$dir.log" 2>&1 || {
			tail -n 5 "$dir.log" >&2
			return 1
		}
	fi
	echo "/usr/src/$headers"
}
