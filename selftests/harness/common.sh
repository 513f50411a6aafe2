# SPDX-License-Identifier: GPL-2.0
# Sourced by the harness' own scripts: where things are, and how to speak.
# shellcheck shell=bash disable=SC2034

twin_repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
twin_cache=${TWIN_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twin}
twin_harness=$twin_repo/selftests/harness

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "${0##*/}: $*"
	exit 2
}

# The kernel that a bed boots by default; prints shell assignments.
kernel_for_bed()
{
	local kind=stock

	case $1 in
	debug | time) kind=uml ;;
	smp-uml) kind=uml-smp ;;
	esac
	"$twin_repo/selftests/kernels/get" "$kind" ${2:+"$2"}
}

# The commit that is measured; "-dirty" where what makes a figure differs from it, "-"
# outside of git.
commit_measured()
{
	local commit

	if ! commit=$(git -C "$twin_repo" describe --always 2>/dev/null); then
		echo -
		return
	fi
	git -C "$twin_repo" diff --quiet HEAD -- Kbuild include module tools/bench uapi ||
		commit+=-dirty
	echo "$commit"
}
