#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes (or finds in the cache) the small initramfs that mounts the host's root
# over 9p, and prints its path.
#
# usage: initramfs.sh MODULES     MODULES: a directory .../lib/modules/KVER

set -u
# shellcheck source=selftests/harness/common.sh
. "$(dirname "$0")/common.sh"

[ $# = 1 ] || die "usage: initramfs.sh MODULES"
modules=$(realpath "$1") || exit 2
kver=${modules##*/}
base=${modules%/lib/modules/*}

# In the order in which they must be loaded; a built-in one prints nothing.
module_files()
{
	local name

	for name in virtio_pci 9pnet_virtio 9p; do
		/sbin/modprobe -d "$base" -S "$kver" --show-depends "$name" 2>/dev/null
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

unpack_module()
{
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -qdc "$1" ;;
	*) cat "$1" ;;
	esac
}

fill_tree()
{
	local tree=$1 file number=10

	mkdir -p "$tree"/{bin,dev,modules,root}
	cp "$(command -v busybox)" "$tree/bin/busybox"
	cp "$twin_harness/initramfs-init" "$tree/init"
	chmod 755 "$tree/init"
	while read -r file; do
		unpack_module "$file" >"$tree/modules/$number-$(basename "${file%.ko*}").ko"
		number=$((number + 1))
	done < <(module_files)
}

[ -f "$modules/modules.dep" ] || /sbin/depmod -b "$base" "$kver" ||
	die "cannot index the modules in $modules"
key=$(cat "$0" "$twin_harness/initramfs-init" <(echo "$modules") | cksum | cut -d' ' -f1)
image=$twin_cache/initramfs/$kver-$key.cpio
if [ ! -f "$image" ]; then
	mkdir -p "$twin_cache/initramfs"
	tree=$(mktemp -d)
	trap 'rm -rf "$tree"' EXIT
	fill_tree "$tree"
	(cd "$tree" && find . | cpio -o -H newc --quiet) >"$image.$$" || exit 1
	mv "$image.$$" "$image"
fi
echo "$image"
