# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The distribution's kernel as a user has it.

stock_sources()
{
	case $1 in
	7.*)
		echo own trixie-backports sid
		;;
	6.12)
		echo own fresh bookworm-backports bookworm-security
		;;
	*)
		echo own fresh bookworm-security bookworm
		;;
	esac
}

# Prints the name of the image package for $1, or of the release's default.
stock_resolve()
{
	local version=${1//./\\.}

	if [ -z "$version" ]; then
		apt_depends linux-image-amd64 'linux-image-[0-9].*-amd64'
		return
	fi
	apt_newest "linux-image-${version}[.][0-9]+(-[0-9]+|[+~][a-z0-9.]+)-amd64"
}

# Headers as installed, when they are of the same version.
stock_installed_headers()
{
	local dir=/usr/src/linux-headers-$1

	[ -e "$dir/Module.symvers" ] && echo "$dir"
}

# Unpacked headers name /usr/src as their place; they live in the cache now.
stock_unpack_headers()
{
	local kver=$1 root=$2 parts

	mapfile -t parts < <(apt_depends "linux-headers-$kver" \
		'linux-(headers|kbuild)-.*')
	apt_unpack "$root" "linux-headers-$kver" "${parts[@]}" || return 1
	sed -i "s,/usr/src/,$root/usr/src/," \
		"$root/usr/src/linux-headers-$kver/Makefile" || return 1
	echo "$root/usr/src/linux-headers-$kver"
}

# From 6.16 on the image package is a frame around modules and binary packages.
stock_unpack_image()
{
	local kver=$1 root=$2 parts

	mapfile -t parts < <(apt_depends "linux-image-$kver" \
		'linux-(modules|binary|base)-[0-9].*')
	apt_unpack "$root" "linux-image-$kver" "${parts[@]}" || return 1
	[ -e "$root/lib/modules" ] || ln -s usr/lib "$root/lib"
	depmod -b "$root" "$kver" || say "no modules.dep for $kver"
}

# A kernel of a newer release (its name says which: +deb13) comes with build
# tools that this one cannot run.
stock_needs_chroot()
{
	local built_for running

	built_for=$(sed -n 's/.*[+~]deb\([0-9]*\).*/\1/p' <<<"$1")
	running=$(sed -n 's/^VERSION_ID="\?\([0-9]*\).*/\1/p' /etc/os-release)
	[ "${built_for:-0}" -gt "${running:-99}" ]
}

stock_build_dir()
{
	local kver=$1 root=$2

	stock_installed_headers "$kver" || stock_unpack_headers "$kver" "$root"
}

stock_make()
{
	local kver=$1 dir=$2 source=$3 image modules kdir chroot=''

	stock_is_whole "$dir" && return
	rm -rf "$dir"
	stock_unpack_image "$kver" "$dir/root" || return 1
	image=$(find "$dir/root/boot" "$dir/root/usr/lib/modules/$kver" \
		-name 'vmlinuz*' 2>/dev/null | head -n 1)
	modules=$dir/root/lib/modules/$kver
	if stock_needs_chroot "$kver"; then
		chroot=$cache/chroot-${source%%-*}
		kdir=$(locked chroot \
			chroot_headers "$chroot" "$kver" "$source") || return 1
	else
		kdir=$(stock_build_dir "$kver" "$dir/root") || return 1
	fi
	[ -e "$image" ] && [ -d "$modules/kernel" ] || return 1
	assignments "KVER=$kver" "KDIR=$kdir" "IMAGE=$image" \
		"MODULES=$modules" "CHROOT=$chroot" ARCH=x86_64 FLAVOR=stock |
		finish "$dir"
}

# Whether what the cache's entry $1 points to is still there.
stock_is_whole()
{
	(
		. "$1/env" 2>/dev/null && [ -e "$IMAGE" ] &&
			[ -e "$CHROOT$KDIR/Makefile" ]
	)
}

# Without a reachable archive the newest one in the cache serves.
stock_cached()
{
	local dir

	dir=$(find "$cache" -maxdepth 1 -name "stock-${1:+$1.}*" | sort -V | tail -n 1)
	[ -n "$dir" ] && stock_is_whole "$dir" && cat "$dir/env"
}

stock_get()
{
	local version=$1 source image kver dir

	for source in $(stock_sources "$version"); do
		apt_use "$source" && image=$(stock_resolve "$version") || continue
		kver=${image#linux-image-}
		dir=$cache/stock-$kver
		locked "stock-$kver" \
			stock_make "$kver" "$dir" "$source" || continue
		cat "$dir/env"
		return
	done
	stock_cached "$version" || die "no kernel ${version:-} to be had"
}
