#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A second of speech in numbered datagrams, and somebody who listens.

usage: voice.py say|hear ADDRESS
"""
import socket
import struct
import sys
import time

PORT = 5004
PIECES = 50
# More than once, since any packet may be lost.
GOODBYES = 20


def say(address):
    """One piece every 20 ms, each 160 bytes behind its number."""
    voice = socket.socket(type=socket.SOCK_DGRAM)
    for number in range(PIECES + GOODBYES):
        voice.sendto(struct.pack("!I160x", number), (address, PORT))
        time.sleep(0.02 if number < PIECES else 0)


def hear(address):
    """Plays what comes, when it comes."""
    ear = socket.socket(type=socket.SOCK_DGRAM)
    ear.bind((address, PORT))
    ear.settimeout(30)
    missing = set(range(PIECES))
    number = 0
    while number < PIECES:
        number = struct.unpack_from("!I", ear.recv(2000))[0]
        missing.discard(number)
    lost = " ".join(str(number) for number in sorted(missing)) or "none"
    print(f"{PIECES - len(missing)} of {PIECES} pieces came; lost and not missed: {lost}")
    if len(missing) > PIECES / 2:
        sys.exit("that is not to be understood any more")


if __name__ == "__main__":
    {"say": say, "hear": hear}[sys.argv[1]](sys.argv[2])
