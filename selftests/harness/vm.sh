#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Boots a kernel of its own on this machine's root, read-only, and runs one
# script in it. Exit status: the script's; 124 time is up; 125 the machine died.
#
# usage: vm.sh [options] -- SCRIPT [ARGUMENT...]
#        vm.sh [options] --shell
#        vm.sh [--kernel IMAGE --modules DIR] --has-kvm   the exit status says it
#
#   --bed stock|counted|debug|time|smp|smp-uml  (stock) QEMU, the same counting
#                         its instructions, User Mode Linux with its debug checks,
#                         the same with free idle time, QEMU with 2 processors,
#                         User Mode Linux with them and KASAN
#   --version V           kernel version, for selftests/kernels/get
#   --kernel IMAGE --modules DIR   a kernel that get does not know
#   --out DIR             folder that is writable inside ($TWIN_OUT); the
#                         console's text is left in DIR/vm/console
#   --share DIR           another one, which several machines have ($TWIN_SHARE)
#   --smp N --mem MiB --timeout SECONDS --append "KERNEL PARAMETERS"

set -u
# shellcheck source=selftests/harness/common.sh
. "$(dirname "$0")/common.sh"

bed=stock version='' IMAGE='' MODULES='' out='' share='' smp='' mem=1024 limit=1200
append='' shell='' asked=''

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--bed) bed=$2 ;;
		--version) version=$2 ;;
		--kernel) IMAGE=$2 ;;
		--modules) MODULES=$2 ;;
		--out) out=$2 ;;
		--share) share=$2 ;;
		--smp) smp=$2 ;;
		--mem) mem=$2 ;;
		--timeout) limit=$2 ;;
		--append) append=$2 ;;
		--shell)
			shell=1
			shift
			continue
			;;
		--has-kvm)
			asked=1
			shift
			continue
			;;
		--)
			shift
			command_line=("$@")
			return
			;;
		*) die "unknown option $1" ;;
		esac
		[ $# -ge 2 ] || die "$1 needs a value"
		shift 2
	done
	command_line=()
}

choose_kernel()
{
	local answer

	[ -z "$IMAGE" ] || return 0
	answer=$(kernel_for_bed "$bed" "$version") || die "no kernel for bed $bed"
	eval "$answer"
}

parameters()
{
	echo "quiet loglevel=5 panic=-1 panic_on_warn=1 ipv6.disable_ipv6=1" \
		"twin_repo=$twin_repo twin_out=$out twin_bed=$bed twin_share=$share" \
		"${shell:+twin_shell=1} $append"
}

qemu_base()
{
	qemu=(qemu-system-x86_64 -nodefaults -no-user-config -no-reboot
		-display none -monitor none -nic none -m "$mem"
		-kernel "$IMAGE" -initrd "$initrd")
}

# A KVM that exists may still hang a guest in its firmware: see one boot first.
# The answer is kept for this machine's kernel.
kvm_boots()
{
	local answer

	answer=$twin_cache/kvm-$(uname -r)
	[ -w /dev/kvm ] || return 1
	if [ ! -f "$answer" ]; then
		qemu_base
		{
			timeout -k 1 8 "${qemu[@]}" -accel kvm -cpu host \
				-append "quiet panic=-1 twin_probe=1" </dev/null &&
				echo yes >"$answer" || echo no >"$answer"
		} >/dev/null 2>&1
	fi
	[ "$(cat "$answer")" = yes ]
}

choose_accelerator()
{
	if [ "$bed" = counted ]; then
		qemu+=(-accel "tcg,thread=single" -icount "shift=0,sleep=off"
			-smp 1 -cpu "max,la57=off")
	elif kvm_boots; then
		qemu_base
		qemu+=(-accel kvm -cpu host -smp "${smp:-2}")
	else
		qemu_base
		say "no usable KVM here: emulating, which is slower"
		# A second processor that is emulated makes the same tests cost 40 % more.
		[ "$bed" != stock ] || smp=${smp:-1}
		# With these two memory is copied and cleared by the byte, each emulated.
		qemu+=(-accel "tcg,thread=multi" -cpu "max,la57=off,erms=off,fsrm=off"
			-smp "${smp:-2}")
	fi
}

# Of two machines that begin together one makes what the cache lacks.
open_cache()
{
	mkdir -p "$twin_cache" && exec {lock}>"$twin_cache/.lock-vm" && flock "$lock" ||
		exit 2
	initrd=$("$twin_harness/initramfs.sh" "$MODULES") || exit 2
}

qemu_command()
{
	local serial=(-serial "file:$out/vm/console") lock

	[ -z "$shell" ] || serial=(-serial mon:stdio)
	open_cache
	qemu_base
	choose_accelerator
	exec {lock}>&-
	[ -z "$share" ] || qemu+=(
		-virtfs "local,path=$share,mount_tag=share,security_model=none,multidevs=remap")
	machine=("${qemu[@]}" "${serial[@]}" -device virtio-rng-pci
		-virtfs "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap"
		-virtfs "local,path=$out,mount_tag=out,security_model=none,multidevs=remap"
		-append "console=ttyS0 mitigations=off random.trust_cpu=on $(parameters) twin_modules=$MODULES")
}

# The guest's second console is our descriptor 3, the file "output".
uml_command()
{
	local console="con0=null,fd:1" words

	[ -z "$shell" ] || console="con0=fd:0,fd:1"
	[ "$bed" = time ] && append="time-travel=inf-cpu $append"
	# It has several processors only if seccomp, not ptrace, stops its programs.
	[ "$bed" = smp-uml ] && append="ncpus=${smp:-2} seccomp=on $append"
	read -ra words <<<"$(parameters)"
	machine=("$IMAGE" "mem=${mem}M" "uml_dir=$out/vm/" umid=guest root=/dev/root
		rootfstype=hostfs rootflags=/ ro "init=$twin_harness/guest.sh"
		con=null "$console" "con1=null,fd:3" "${words[@]}" twin_tty=/dev/tty1)
}

run_for_a_person()
{
	"${machine[@]}" 3>/dev/null
	exit
}

run_machine()
{
	: >"$out/vm/output"
	ulimit -c 0
	timeout -k 5 "$limit" "${machine[@]}" </dev/null \
		>"$out/vm/stdout" 2>&1 3>>"$out/vm/output" &
	machine_pid=$!
	trap 'kill "$machine_pid" 2>/dev/null' EXIT
	trap 'exit 130' INT TERM
	# Not in the foreground: a shell that waits for such hears no signal.
	tail -q -n +1 -s 0.2 -f --pid="$machine_pid" "$out/vm/output" | tr -d '\r' &
	wait "$machine_pid"
	machine_status=$?
	wait
	trap - EXIT
	case $bed in
	debug | time | smp-uml) mv "$out/vm/stdout" "$out/vm/console" ;;
	esac
}

explain_death()
{
	say "--- the machine's last words ($out/vm/console)"
	tr -d '\r' <"$out/vm/console" | tail -n 60 >&2
	[ ! -s "$out/vm/stdout" ] || tail -n 5 "$out/vm/stdout" >&2
	if [ "$machine_status" = 124 ] || [ "$machine_status" = 137 ]; then
		say "vm: time is up ($limit s)"
		exit 124
	fi
	say "vm: no verdict, the machine died"
	exit 125
}

parse "$@"
[ -n "$shell$asked" ] || [ "${#command_line[@]}" -gt 0 ] || die "no script to run"
choose_kernel
if [ -n "$asked" ]; then
	open_cache
	kvm_boots
	exit
fi
[ -n "$out" ] || out=$(mktemp -d "${TMPDIR:-/tmp}/twin-vm.XXXXXX")
mkdir -p "$out/vm" || exit 2
out=$(realpath "$out")
rm -f "$out"/vm/{verdict,output,console,stdout}
[ -n "$shell" ] || printf '%s\0' "${command_line[@]}" >"$out/vm/command"
case $bed in
stock | smp | counted) qemu_command ;;
debug | time | smp-uml) uml_command ;;
*) die "unknown bed '$bed'" ;;
esac
[ -z "$shell" ] || run_for_a_person
run_machine
[ -s "$out/vm/verdict" ] || explain_death
exit "$(cat "$out/vm/verdict")"
