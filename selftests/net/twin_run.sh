#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# twin run: an unmodified program gets Twin's sockets, and nothing else about
# it changes.
# bed: stock
# timeout: 300

# shellcheck source=selftests/lib.sh
. "${0%/*}/../lib.sh"

here='' there=''
family_code='
import socket as s
def family(x): return x.getsockopt(s.SOL_SOCKET, 39)
'

# python CODE: with s for the socket module, and family() for what a socket is.
python()
{
	in_ns "$here" twin run python3 -IS -c "$family_code$1"
}

prepare()
{
	setup_ns here there
	twin_insmod
	link_ns here there
	twin -n "$here" addr add 10.0.0.1/24 dev eth0 &&
		twin -n "$there" addr add 10.0.0.2/24 dev eth0
	twin_family=$(cat /sys/module/twin/parameters/family 2>/dev/null || echo 18)
	log=$TWIN_OUT/log
}

status_of()
{
	"$@" >/dev/null 2>&1
	echo $?
}

test_status()
{
	check_is "the program's exit status is returned" \
		"$(status_of twin run sh -c 'exit 42')" 42
	check_is "a program that a signal ends gives 128 plus its number" \
		"$(status_of twin run sh -c 'kill -TERM $$')" 143
	check_is "SIGKILL too" "$(status_of twin run sh -c 'kill -KILL $$')" 137
	check_is "a program that is not there gives 127" \
		"$(status_of twin run /nowhere/program)" 127
	check_is "a file that is no program gives 126" \
		"$(status_of twin run /etc/passwd)" 126
	check_is "no program at all is a usage error" "$(status_of twin run)" 2
	check_is "so is an unknown option" "$(status_of twin run --what true)" 2
	check_is "one twin run inside another runs its program" \
		"$(status_of twin run twin run sh -c 'exit 41')" 41
	check_fails "where a second supervisor is needed there can be none" \
		"another supervisor" twin run twin run -4 true
}

test_kinds()
{
	local seen

	mapfile -t seen < <(python '
import fcntl, os, resource
for arguments in ((2, s.SOCK_STREAM), (2, s.SOCK_DGRAM), (2, s.SOCK_STREAM, 6),
		  (2, s.SOCK_RAW, 1), (1, s.SOCK_STREAM)):
	print(family(s.socket(*arguments)))
for flags in 0, s.SOCK_NONBLOCK:
	x = s.socket(type=s.SOCK_STREAM | flags)
	print(x.fileno(), bool(fcntl.fcntl(x, fcntl.F_GETFL) & os.O_NONBLOCK),
	      fcntl.fcntl(x, fcntl.F_GETFD))
	x.close()
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
try:
	s.socket()
except OSError as e:
	print(e.errno)')
	check_is "a stream socket is Twin's" "${seen[0]:-}" "$twin_family"
	check_is "a datagram socket is Twin's" "${seen[1]:-}" "$twin_family"
	check_is "one that names its protocol is Twin's" "${seen[2]:-}" "$twin_family"
	check_is "a raw socket stays the kernel's" "${seen[3]:-}" 2
	check_is "a Unix socket stays what it is" "${seen[4]:-}" 1
	check_is "the lowest free number and SOCK_CLOEXEC are kept" "${seen[5]:-}" "3 False 1"
	check_is "SOCK_NONBLOCK is kept" "${seen[6]:-}" "3 True 1"
	check_is "the limit on descriptors is the program's own" "${seen[7]:-}" 24
	check_is "-4 refuses IPv6 sockets" "$(twin run -4 python3 -IS -c '
import socket
try:
	socket.socket(socket.AF_INET6)
except OSError as e:
	print(e.errno)')" 97
}

test_processes()
{
	local code="$family_code"'print(family(s.socket()))'

	check_is "a grandchild's socket is Twin's" "$(in_ns "$here" twin run \
		sh -c 'sh -c "python3 -IS -c \"\$0\"; :" "$0"; :' "$code")" "$twin_family"
	check_is "the sockets of threads are all Twin's" "$(python '
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
	print(set(pool.map(lambda i: family(s.socket()), range(200))))')" "{$twin_family}"
	check_is "a socket belongs to the user who made it" "$(python '
import os
os.setuid(65534)
x = s.socket()
print(os.fstat(x.fileno()).st_uid)')" 65534
	# The supervisor is put where it runs only when the program waits.
	check_is "a socket is nobody else's when socket() returns" "$(python '
import os
above = os.getppid()
for pid in 0, above:
	os.sched_setaffinity(pid, {0})
os.sched_setscheduler(above, os.SCHED_IDLE, os.sched_param(0))
def owners():
	made, found = os.readlink("/proc/self/fd/%d" % s.socket().detach()), 0
	for fd in os.listdir("/proc/%d/fd" % above):
		try:
			found += os.readlink("/proc/%d/fd/%s" % (above, fd)) == made
		except FileNotFoundError:
			pass
	return found
print([owners() for _ in range(5)])')" "[0, 0, 0, 0, 0]"
	in_ns "$here" twin run -v busybox nc 10.0.0.1 9 </dev/null 2>"$log"
	check "a static program's socket is Twin's" grep -q "SOCK_STREAM.* is Twin's fd" "$log"
}

# Options that the core of an older kernel would keep from a family it does not
# know, asked for in a thread, whose process has another number.
test_options()
{
	local seen

	mapfile -t seen < <(python '
import threading
def error_of(x, *arguments):
	try:
		x.setsockopt(1, *arguments)
		return 0
	except OSError as e:
		return e.errno
def share():
	both = [s.socket(type=s.SOCK_DGRAM) for _ in range(2)]
	for x in both:
		x.setsockopt(1, 15, 1)
		x.bind(("10.0.0.1", 7000))
	print(len({x.getsockname() for x in both}), both[0].getsockopt(1, 15))
thread = threading.Thread(target=share)
thread.start()
thread.join()
x = s.socket(type=s.SOCK_DGRAM)
x.setsockopt(1, 15, 1)
x.setsockopt(1, 15, 0)
print(x.getsockopt(1, 15))
print(error_of(x, 15, b"\1\0\0"), error_of(x, 15, None, 4), error_of(x, 60, 2))
x.setsockopt(1, 60, 1)
print(x.getsockopt(1, 60))')
	check_is "SO_REUSEPORT lets two sockets have one port" "${seen[0]:-}" "1 1"
	check_is "it can be taken back" "${seen[1]:-}" 0
	check_is "wrong values are refused as ever" "${seen[2]:-}" "22 14 22"
	check_is "SO_ZEROCOPY is on when it was asked for" "${seen[3]:-}" 1
}

# Machine code of its own: the program calls the kernel as i386 programs do,
# with arguments in memory that no seccomp filter sees.
test_other_machine()
{
	local seen

	[ "$(uname -m)" = x86_64 ] || return
	mapfile -t seen < <(python '
import ctypes, struct
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
page = libc.mmap(None, 4096, 7, 0x62, -1, 0)  # below 4 GB
def socketcall(number, *arguments):
	words = struct.pack(f"{len(arguments)}I", *arguments)
	ctypes.memmove(page + 256, words, len(words))
	# push rbx; mov eax, 102; mov ebx, number; mov ecx, words; int 0x80; pop rbx; ret
	code = struct.pack("<BBIBIBIBBBB", 0x53, 0xb8, 102, 0xbb, number, 0xb9, page + 256,
			   0xcd, 0x80, 0x5b, 0xc3)
	ctypes.memmove(page, code, len(code))
	return ctypes.CFUNCTYPE(ctypes.c_int)(page)()
x = s.socket(fileno=socketcall(1, 2, 2, 0))
print(family(x), s.socket(fileno=socketcall(1, 1, 2, 0)).getsockopt(1, 39))
ctypes.memmove(page + 512, struct.pack("i", 1), 4)
print(socketcall(14, x.fileno(), 1, 15, page + 512, 4), x.getsockopt(1, 15))
print(socketcall(14, x.fileno(), 1, 2, page + 512, 4), x.getsockopt(1, 2))')
	check_is "an i386 program gets Twin's sockets, and only those" "${seen[0]:-}" \
		"$twin_family 1"
	check_is "SO_REUSEPORT is helped there too" "${seen[1]:-}" "0 1"
	check_is "and other options are the kernel's affair" "${seen[2]:-}" "0 1"
}

# A socket that can have an address is in the namespace of that address.
test_namespaces()
{
	local code='import socket; s = socket.socket(); s.bind(("10.0.0.2", 0)); print(s.getsockname()[0])'

	check_is "a socket is in the namespace of its process" \
		"$(in_ns "$here" twin run ip netns exec "$there" python3 -IS -c "$code")" 10.0.0.2
	check_fails "and in no other" "Cannot assign" \
		in_ns "$here" twin run python3 -IS -c "$code"
	check_is "twin -n chooses it" "$(twin -n "$there" run python3 -IS -c "$code")" 10.0.0.2
}

ping_code='import socket
try:
	socket.socket(2, 2, 1)
	print("yes")
except OSError as error:
	print(error.errno)'

# ping_right GROUP GROUPS: may such a process have a ping socket?
ping_right()
{
	in_ns "$here" twin run setpriv --reuid 4712 --regid "$1" --groups "$2" \
		python3 -IS -c "$ping_code"
}

test_ping_right()
{
	in_ns "$here" sysctl -qw net.twin.ping_group_range="4711 4711"
	check_is "the program's own group lets it have ping sockets" "$(ping_right 4711 4713)" yes
	check_is "and so does one of its others" "$(ping_right 4713 4711)" yes
	in_ns "$here" sysctl -qw net.twin.ping_group_range="0 0"
	check_is "the supervisor's does not" "$(ping_right 4711 4713)" 13
	check_is "and is its own again afterwards" "$(in_ns "$here" twin run bash -c '
		setpriv --reuid 4712 --regid 4711 --clear-groups python3 -IS -c "$0"
		python3 -IS -c "$0"' "$ping_code" | paste -sd " ")" "13 yes"
	in_ns "$here" sysctl -qw net.twin.ping_group_range="1 0"
}

is_asleep()
{
	pgrep -f "$1"
}

# Every one sleeps for a time of its own, by which it is found.
test_signals()
{
	local supervisor signal seconds=86000

	for signal in TERM HUP USR1 IO RTMIN; do
		seconds=$((seconds + 1))
		twin run sleep "$seconds" 2>/dev/null &
		supervisor=$!
		busywait is_asleep "^sleep $seconds"
		kill "-$signal" "$supervisor"
		wait "$supervisor" 2>/dev/null
		check_is "SIG$signal reaches the program" "$?" $((128 + $(kill -l "$signal")))
	done
	check_is "so does that of an alarm which was set before" "$(status_of timeout 60 \
		python3 -IS -c 'import os, signal; signal.alarm(1)
os.execvp("twin", ["twin", "run", "sleep", "86009"])')" 142
}

# What the program closes is closed, although the supervisor has inherited it too.
test_descriptors()
{
	local ended=$TWIN_OUT/ended

	check "who writes to a closed input is told" timeout 60 sh -c '
		{ yes 2>/dev/null; : >"$0"; } |
		twin run sh -c "exec <&-; until [ -e $0 ]; do sleep 0.1; done"' "$ended.1"
	check "who reads a closed output sees its end" timeout 60 sh -c '
		twin run sh -c "exec >&-; until [ -e $0 ]; do sleep 0.1; done" |
		{ cat; : >"$0"; }' "$ended.2"
	check "a lock that is let go of is free" timeout 60 sh -c '
		exec 9>"$0"; flock 9
		exec twin run sh -c "exec 9>&-; flock $0 true"' "$ended.3"
}

is_gone()
{
	! pgrep -f "$1"
}

# What the supervisor was born with, or is told alone.
test_inheritance()
{
	check_is "an end is seen where SIGCHLD was ignored by the parent" "$(timeout 60 python3 -IS -c '
import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp("twin", ["twin", "run", "sh", "-c", "exit 5"])'
		echo $?)" 5
	timeout 60 python3 -IS -c '
import os, pty, subprocess
pid, terminal = pty.fork()
if not pid:
	os.execvp("twin", ["twin", "run", "sleep", "86010"])
while subprocess.run(["pgrep", "-f", "^sleep 86010"]).returncode:
	pass
os.close(terminal)
os.waitpid(pid, 0)' >/dev/null 2>&1
	check_is "the end of its terminal ends the supervisor" "$?" 0
	check "because the program ends by it" busywait is_gone "^sleep 86010"
}

# As the first process of a container it has the children of others, too.
test_orphans()
{
	check_is "a supervisor that is the first process buries orphans" "$(timeout 60 \
		unshare -pf --kill-child --mount-proc twin run sh -c '
			sh -c "sleep 0.1 &"
			until [ "$(pgrep -P 1 | wc -l)" = 1 ]; do sleep 0.1; done
			echo buried')" buried
}

supervisors_gone()
{
	! pgrep -f "^[^ ]*twin run $1"
}

# daemon FIFO: says in $log what its socket is, once something comes.
daemon()
{
	in_ns "$here" twin run python3 -IS -c "$family_code
import os
if os.fork():
	os._exit(7)
os.setsid()
open('$1').read()
open('$log', 'w').write(str(family(s.socket())))
" descendants
}

test_descendants()
{
	local fifo

	# Where results go there may be no room for a FIFO: a folder of the host's.
	fifo=$(mktemp -u)
	mkfifo "$fifo"
	daemon "$fifo"
	check_is "a daemon's parent returns with its own status" "$?" 7
	check "a supervisor stays for the daemon" pgrep -f "^[^ ]*twin run python3"
	echo >"$fifo"
	check "it goes when the daemon has ended" busywait supervisors_gone python3
	check_is "the daemon's socket was Twin's" "$(cat "$log")" "$twin_family"
	rm "$log"
	daemon "$fifo" <&- >&- 2>&-
	echo >"$fifo"
	check "one that was started with nothing open ends too" busywait supervisors_gone python3
	check_is "and its socket was Twin's" "$(cat "$log")" "$twin_family"
	rm "$fifo"
}

test_without_twin()
{
	busywait twin_rmmod
	check_fails "without the module it says so" "load the module" twin run true
	check_is "and fails" "$(status_of twin run true)" 1
	check_is "--fallback runs the program all the same" \
		"$(twin run --fallback python3 -IS -c "$family_code"'print(family(s.socket()))' 2>"$log")" 2
	check "and says that" grep -q "kernel's own stack" "$log"
}

prepare
test_status
test_kinds
test_processes
test_options
test_other_machine
test_namespaces
test_ping_right
test_signals
test_descriptors
test_inheritance
test_orphans
test_descendants
test_without_twin
tap_end
