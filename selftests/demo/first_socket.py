#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Loads a module and opens a socket of its family: how long do both take?

usage: first_socket.py MODULE FAMILY
"""
import ctypes
import os
import socket
import sys
import time

FINIT_MODULE = 313


def size_of_socket():
    """What the kernel says of such sockets, if they are Twin's."""
    with open("/proc/net/protocols", encoding="ascii") as table:
        for line in table:
            if line.startswith("TWIN-TCP "):
                return f"{line.split()[1]} bytes, of a slab of its own"
    return "what its own stack needs"


def main():
    """Prints the milliseconds and what the descriptor is."""
    libc = ctypes.CDLL(None, use_errno=True)
    file = os.open(sys.argv[1], os.O_RDONLY)
    start = time.monotonic()
    if libc.syscall(FINIT_MODULE, file, b"", 0) != 0:
        sys.exit(f"finit_module: {os.strerror(ctypes.get_errno())}")
    first = socket.socket(int(sys.argv[2]), socket.SOCK_STREAM)
    spent_ms = (time.monotonic() - start) * 1000
    what = os.readlink(f"/proc/self/fd/{first.fileno()}")
    print(f"insmod and the first socket({sys.argv[2]}, SOCK_STREAM): {spent_ms:.0f} ms")
    print(f"the kernel holds {size_of_socket()}; the program holds a number: "
          f"{first.fileno()} -> {what}")


if __name__ == "__main__":
    main()
