#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Installs what a job needs from the distribution, and only what is missing.
#
# usage: deps.sh [build|vm|demo|kernels|debug|bench|lwip|lint|fuzz|suites]...  (build vm)

set -u
# shellcheck source=selftests/harness/common.sh
. "$(dirname "$0")/common.sh"

# linux-headers-amd64 is the tree of the kernel that the VM boots; the kernel
# image itself is only downloaded into the cache, never installed.
packages_of()
{
	case $1 in
	build) echo gcc libc6-dev make rsync kmod linux-headers-amd64 \
		pkg-config libmnl-dev libseccomp-dev libjansson-dev \
		libtracefs-dev libtraceevent-dev ;;
	vm) echo qemu-system-x86 busybox-static cpio xz-utils rsync util-linux \
		iproute2 kmod procps python3 tcpdump ethtool iputils-ping traceroute \
		curl libcap2-bin nginx dnsmasq-base bind9-dnsutils liburing-dev \
		wget netcat-openbsd socat iperf3 lsof psmisc gnuplot-nox bpftrace \
		linux-perf ;;
	demo) echo nginx curl dnsmasq-base bind9-dnsutils tcpdump ethtool ;;
	debug) echo gcc make flex bison bc libelf-dev libssl-dev xz-utils \
		rsync cpio kmod perl python3-yaml ;;
	kernels) echo pahole util-linux ;;
	bench) echo liburing-dev ;;
	lwip) echo liblwip-dev ;;
	lint) echo sparse codespell shellcheck man-db perl git ;;
	fuzz) echo clang ;;
	suites) suites_of_python ;;
	*) die "unknown set '$1' (build vm demo kernels debug bench lwip lint fuzz suites)" ;;
	esac
}

# Of the version that the distribution calls python3.
suites_of_python()
{
	apt-cache depends python3 | sed -n 's/.*Depends: \(python3[.][0-9]*\)$/lib\1-testsuite/p'
}

missing_of()
{
	local name status

	for name in "$@"; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)
		[ "$status" = installed ] || echo "$name"
	done
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "root or sudo is needed to install:" "${missing[@]}"
	fi
}

apt_quietly()
{
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
		-o Dpkg::Use-Pty=0 "$@" </dev/null >"$log" 2>&1
}

# The web server is wanted as a program, not as a service of this machine.
forbid_service_starts()
{
	policy=/usr/sbin/policy-rc.d
	[ -e "$policy" ] && policy= && return
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
}

allow_service_starts()
{
	[ -n "$policy" ] && as_root rm -f "$policy"
	case " ${missing[*]} " in
	*' nginx '*)
		[ -d /run/systemd/system ] &&
			as_root systemctl --quiet disable nginx.service
		;;
	esac
	rm -f "$log"
}

install_missing()
{
	say "installing: ${missing[*]}"
	log=$(mktemp)
	forbid_service_starts
	trap allow_service_starts EXIT
	apt_quietly install --no-install-recommends "${missing[@]}" && return
	if ! { apt_quietly update &&
		apt_quietly install --no-install-recommends "${missing[@]}"; }; then
		tail -n 20 "$log" >&2
		die "the distribution did not deliver what is needed"
	fi
}

[ $# -gt 0 ] || set -- build vm
wanted=()
for set_name in "$@"; do
	read -ra names <<<"$(packages_of "$set_name")"
	[ "${#names[@]}" -gt 0 ] || exit 2
	wanted+=("${names[@]}")
done
if ! command -v dpkg-query >/dev/null; then
	say "not a Debian system; needed are: ${wanted[*]}"
	exit 0
fi
mapfile -t missing < <(missing_of "${wanted[@]}" | sort -u)
[ "${#missing[@]}" -eq 0 ] || install_missing
