# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# User Mode Linux from linux-source-VERSION: with every check that can be had, or
# with none.

# Most of a kernel tree is other machines' code; their Kconfig files must stay.
uml_unused=(--exclude='*/Documentation/*/*' --exclude='*/tools/testing'
	--exclude='*/samples/*.c' --exclude='*/drivers/gpu/*.[ch]'
	--exclude='*/drivers/media/*.[ch]' --exclude='*/sound/*.[ch]'
	--exclude='*/drivers/net/wireless/*.[ch]' --exclude='*.dts'
	--exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*.dtsi'
	--exclude='*/drivers/staging/*.[ch]'
	--exclude='*/drivers/infiniband/*.[ch]'
	--exclude='*/arch/[a-t]*/*.[chS]' --exclude='*/arch/xtensa/*.[chS]')

# What there is if nobody says: in 6.12 User Mode Linux can have every check of
# the fragment, in 6.1 some are missing. Else the newest source that is
# installed, else the release's own.
uml_default_version()
{
	local preferred=6.12 installed

	if locked "source-$preferred" uml_archive "$preferred" >/dev/null; then
		echo "$preferred"
		return
	fi
	installed=$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' |
		sort -V | tail -n 1)
	installed=${installed#/usr/src/linux-source-}
	echo "${installed%.tar.xz}" | grep . && return
	apt_use own
	apt_depends linux-source 'linux-source-[0-9.]+' | sed 's/linux-source-//'
}

# Prints the path of the source archive: the installed one, else the cache's.
uml_archive()
{
	local version=$1 source package=linux-source-$1 root

	root=$cache/source-$version
	first_existing "/usr/src/$package.tar.xz" \
		"$root/usr/src/$package.tar.xz" && return
	for source in $(stock_sources "$version"); do
		apt_use "$source" && [ -n "$(apt_version "$package")" ] || continue
		apt_unpack "$root" "$package" || continue
		echo "$root/usr/src/$package.tar.xz"
		return
	done
	return 1
}

uml_extract()
{
	local archive=$1 dir=$2

	say "unpacking $(basename "$archive")"
	rm -rf "$dir"
	mkdir -p "$dir"
	tar -xJf "$archive" -C "$dir" --strip-components=1 "${uml_unused[@]}"
}

# What is merged over the tree's own configuration.
uml_fragments()
{
	echo "$here/uml-debug.config"
	[ "$1" != timed ] || echo "$here/uml-plain.config"
	[ "$1" = debug ] || echo "$here/uml-$1.config"
}

# Names each option of the last fragment that this tree does not grant.
uml_report_lost()
{
	local line

	while read -r line; do
		case $line in
		CONFIG_*=*)
			grep -qx -- "$line" "$1/.config" ||
				say "this version cannot have $line"
			;;
		esac
	done <"$here/uml-$2.config"
}

# What User Mode Linux before 6.13 keeps of a process's registers, 2,696 bytes, is too
# little where the host's processor has AMX, which makes them 11,008: the host takes
# them back whole or not at all, and the first process dies.
uml_register_bytes=12288

uml_widen_registers()
{
	sed -i "s/\(HOST_FP_SIZE, \)2696/\1$uml_register_bytes/" \
		"$1/arch/x86/um/user-offsets.c"
}

uml_configure()
{
	local tree=$1 flavor=$2 fragments

	mapfile -t fragments < <(uml_fragments "$flavor")
	(
		cd "$tree" || exit 1
		make -s ARCH=um x86_64_defconfig &&
			scripts/kconfig/merge_config.sh -m .config \
				"${fragments[@]}" &&
			make -s ARCH=um olddefconfig
	) >"$tree/../build.log" 2>&1 && uml_report_lost "$tree" "$flavor"
}

uml_build()
{
	local tree=$1 jobs

	jobs=$(nproc)
	say "building User Mode Linux with $jobs jobs, about 15 CPU minutes"
	make -C "$tree" ARCH=um "-j$jobs" linux modules \
		>>"$tree/../build.log" 2>&1
}

uml_make()
{
	local version=$1 dir=$2 flavor=$3 tree=$2/tree archive kver

	[ -e "$dir/env" ] && return
	archive=$(locked "source-$version" uml_archive "$version") ||
		die "no linux-source-$version to be had"
	uml_extract "$archive" "$tree" && uml_widen_registers "$tree" || return 1
	if ! uml_configure "$tree" "$flavor" || ! uml_build "$tree"; then
		tail -n 20 "$dir/build.log" >&2
		return 1
	fi
	# Modules are built against what is left.
	find "$tree" -name scripts -prune -o \
		'(' -name '*.[oa]' -o -name '.tmp_vmlinux*' ')' -exec rm {} +
	kver=$(cat "$tree/include/config/kernel.release")
	assignments "KVER=$kver" "KDIR=$tree" "IMAGE=$tree/linux" \
		MODULES= CHROOT= ARCH=um "FLAVOR=$flavor" | finish "$dir"
}

uml_get_flavor()
{
	local version=$1 flavor=$2 name key dir fragments

	[ -n "$version" ] || version=$(uml_default_version) ||
		die "no linux-source package to be had"
	# A changed source, configuration or compiler is another kernel.
	mapfile -t fragments < <(uml_fragments "$flavor")
	key=$(echo "$(gcc -dumpfullversion) $uml_register_bytes" |
		cat - "${fragments[@]}" | sha256sum)
	name=uml-$version
	[ "$flavor" = debug ] || name=uml-$flavor-$version
	dir=$cache/$name-${key:0:12}
	[ -z "$kept" ] || [ -e "$dir/env" ] || exit 1
	locked "$name" uml_make "$version" "$dir" "$flavor" ||
		die "building User Mode Linux $version failed, see $dir/build.log"
	cat "$dir/env"
}

uml_get()
{
	uml_get_flavor "$1" debug
}

uml_plain_get()
{
	uml_get_flavor "$1" plain
}

# Several processors are had from 7.2 on.
uml_smp_get()
{
	uml_get_flavor "${1:-7.2}" smp
}

uml_timed_get()
{
	uml_get_flavor "${1:-7.2}" timed
}
