# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Checks of what the compiler makes of the module. One build from nothing, with
# all warnings and sparse, serves them all.

# Prefixes of the kernel's own IPv4: Twin brings its own of each. There are no
# exceptions. (raw_spin_lock and rt_mutex are not of IPv4.)
foreign='(tcp|tcpv4|udp|udpv4|ip|ipv4|icmp|arp|inet|inetdev|fib|neigh|pneigh|ping|igmp)_'
foreign+='|raw_(hash|unhash|abort|seq|v4|rcv|sk)|rt_(add|del|dst|cache|genid)|sysctl_(tcp|udp|ip)_'

# Names that kbuild, tracing and the module loader give.
kbuild_symbols='init_module|cleanup_module|__this_module|__kunit_.*'

build_module()
{
	local tree=$work/build assignments

	[ -e "$work/build.log" ] && return
	need sparse && need make || return 1
	assignments=$("$root/selftests/kernels/get" stock) || return 1
	eval "$assignments"
	mkdir -p "$tree"
	cp -r Kbuild module uapi "$tree/" || return 1
	# Objects of a build in the working tree must not pass for ours.
	find "$tree" -name '*.o' -delete -o -name '.*.cmd' -delete
	nice make -k -C "$KDIR" "ARCH=$ARCH" "M=$tree" "-j$(nproc)" W=1 C=2 \
		CF=-D__CHECK_ENDIAN__ modules >"$work/build.log" 2>&1
	return 0
}

# Messages of the build about our own files, as paths in the repository.
build_messages()
{
	sed "s,$work/build/,,g" "$work/build.log" | sort -u |
		grep -E '^((module|uapi)/[^:]*:[0-9]+:[0-9]+: |(ERROR|WARNING): modpost|make.*No rule|.*: fatal error)'
}

# gcc ends a warning with its option, sparse does not.
gcc_message='\[-W|error:|ERROR|modpost|No rule'

check_warnings()
{
	build_module || return 1
	build_messages | grep -E "$gcc_message" || :
}

check_sparse()
{
	build_module || return 1
	build_messages | grep ': warning: ' | grep -vE "$gcc_message" || :
}

built_module()
{
	build_module || return 1
	[ -e "$work/build/twin.ko" ] && return
	echo "there is no twin.ko: it does not build"
	return 1
}

check_symbols()
{
	built_module || return 1
	nm -u "$work/build/twin.ko" | awk '{ print $2 }' |
		grep -E "^_*($foreign)" | sed 's/$/: of the kernel'"'"'s own IPv4/'
	return 0
}

# What no other file refers to is static. Exempt are functions for modules of others,
# and what the events in trace.h expand to.
unshared_globals()
{
	{
		sed -n 's/^EXPORT_SYMBOL[A-Z_]*(\(.*\));$/exported: U \1/p' module/*/*.c
		grep -o 'twin_trace_[a-z_]*' module/inspect/trace.h | sed 's/^/trace.h: U /'
		find "$work/build/module" -name '*.o' -exec nm -A -g {} +
	} | awk '
		NF != 3 { next }
		$2 == "U" { used[$3] = 1; next }
		$3 ~ /^twin_/ { home[$3] = $1 }
		END {
			for (name in home) {
				if (name in used)
					continue
				sub(/.*\/build\//, "", home[name])
				sub(/\.o:.*/, ".c", home[name])
				print home[name] ": " name " is not static, and no other file uses it"
			}
		}' | sort
}

check_globals()
{
	built_module || return 1
	unshared_globals
	nm -g --defined-only "$work/build/twin.ko" | awk '{ print $3 }' |
		grep -vE "^($kbuild_symbols|(__[A-Za-z_]+_)?_*twin_.*)\$" |
		sed 's/$/: global, and does not start with twin_/'
	return 0
}
