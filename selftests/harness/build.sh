#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds twin.ko and the example modules for one kernel outside the source tree. Unchanged sources keep
# their time stamps there, so that a second build compiles only what changed.
#
# usage: build.sh KDIR OUT [ARCH]
#
# CHROOT in the environment: where KDIR works (see selftests/kernels/get). KCFLAGS:
# more options for the compiler; TWIN_SYMBOLS: the Module.symvers of what they call.

set -u
# shellcheck source=selftests/harness/common.sh
. "$(dirname "$0")/common.sh"

[ $# -ge 2 ] || die "usage: build.sh KDIR OUT [ARCH]"
kdir=$1
out=$2
arch=${3:-}

# What has changed gets the time of the copy: one that was edited while an earlier
# build was under way would be older than that build's object.
copy_sources()
{
	mkdir -p "$out" || exit 2
	rsync -rlp --checksum --delete \
		--exclude '*.o' --exclude '*.ko' --exclude '*.cmd' --exclude '*.mod*' \
		--exclude modules.order --exclude Module.symvers --exclude build.log \
		--include /Kbuild --include '/module/***' --include '/uapi/***' \
		--include '/include/***' --include '/examples/***' \
		--exclude '*' "$twin_repo/" "$out/"
}

run_make()
{
	local command=(make -j2 --no-print-directory -C "$kdir" M="$1"
		${arch:+ARCH="$arch"} ${KCFLAGS:+KCFLAGS="$KCFLAGS"}
		KBUILD_EXTRA_SYMBOLS="${2:-} ${TWIN_SYMBOLS:-}" modules)

	if [ -n "${CHROOT:-}" ]; then
		"$twin_repo/selftests/kernels/in-chroot" "$CHROOT" "$out" "${command[@]}"
	else
		env -u MAKEFLAGS -u MAKELEVEL "${command[@]}"
	fi
}

copy_sources || die "cannot copy the sources to $out"
status=0
{
	run_make "$out" && run_make "$out/examples/congestion" "$out/Module.symvers"
} >"$out/build.log" 2>&1 || status=1
if grep -qE 'warning:|WARNING: modpost' "$out/build.log"; then
	status=1
fi
if [ "$status" != 0 ]; then
	grep -nE -A6 'warning:|WARNING: modpost|error:|\*\*\*' "$out/build.log" >&2 ||
		tail -n 20 "$out/build.log" >&2
	# A warning must come again next time, not hide in an object that is kept.
	find "$out" -name '*.o' -delete
	die "module build failed for $kdir (log: $out/build.log)"
fi
[ -f "$out/twin.ko" ] || die "the build left no twin.ko in $out"
"$twin_repo/tools/split-debug" "$out/twin.ko" || die "cannot split $out/twin.ko"
