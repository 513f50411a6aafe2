#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock
"""send() from memory that does not come keeps the socket's lock, for ever if it
likes: lists of sockets do not wait for it, as AF_INET's do not."""
import ctypes
import errno
import fcntl
import mmap
import os
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import record_lib  # noqa: E402,F401  (makes the library of net/ known)
from tcp_lib import KERNEL, US, await_true, connected, set_up  # noqa: E402
from twin_lib import enter, finish, left, libc, point, skip  # noqa: E402

SYS_SENDTO, SYS_USERFAULTFD = 44, 323
UFFD_API, UFFDIO_API, UFFDIO_REGISTER, MODE_MISSING = 0xaa, 0xc018aa3f, 0xc020aa00, 1
LISTS = {
    "twin ss -tan": ("twin", "ss", "-tan"),
    "twin ss -tam": ("twin", "ss", "-tam"),
    "twin ss -ta with a filter": ("twin", "ss", "-ta", "sport > :1"),
    "twin ss -s": ("twin", "ss", "-s"),
    "/proc/net/twin/tcp": ("cat", "/proc/self/net/twin/tcp"),
    "/proc/net/twin/sockstat": ("cat", "/proc/self/net/twin/sockstat"),
}


def absent_memory():
    """A page nobody brings while the descriptor is open."""
    fd = libc.syscall(SYS_USERFAULTFD, os.O_CLOEXEC)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "userfaultfd")
    area = mmap.mmap(-1, mmap.PAGESIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(area))
    fcntl.ioctl(fd, UFFDIO_API, struct.pack("=QQQ", UFFD_API, 0, 0))
    fcntl.ioctl(fd, UFFDIO_REGISTER,
                struct.pack("=QQQQ", address, mmap.PAGESIZE, MODE_MISSING, 0))
    return fd, area, address


def waits_in(thread):
    """The system call that it waits in; None: it runs."""
    with open("/proc/self/task/%d/syscall" % thread.native_id, encoding="ascii") as file:
        word = file.read().split()[0]
    return None if word == "running" else int(word)


def ends(command, seconds=20):
    """A process that waits for the lock cannot be killed; it ends with the lock."""
    # pylint: disable=consider-using-with
    return await_true(lambda made=subprocess.Popen(command, stdout=subprocess.DEVNULL):
                      made.poll() is not None, seconds)


def lists():
    client, server = connected(US, KERNEL)
    fd, area, address = absent_memory()
    sender = threading.Thread(target=libc.send,
                              args=(client.fileno(), ctypes.c_void_p(address),
                                    ctypes.c_size_t(64), 0), daemon=True)
    sender.start()
    enter(left)
    await_true(lambda: waits_in(sender) == SYS_SENDTO)
    done = {name: ends(command) for name, command in LISTS.items()}
    os.close(fd)
    sender.join()
    for name, ended in done.items():
        point("%s does not wait for the lock" % name, ended)
    point("what was sent arrives", server.recv(64) == bytes(area[:64]))


set_up()
try:
    lists()
except OSError as failure:
    if failure.errno != errno.ENOSYS:
        raise
    skip("held lock", "this kernel has no userfaultfd")
finish()
