# SPDX-License-Identifier: GPL-2.0
"""The two ends of a transfer, for the tests of twin trace.

usage: trace_peer.py serve FAMILY ADDRESS PORT BYTES | get ADDRESS PORT

serve answers one connection: reads a line, sends so many bytes, closes. get
connects, sends the line, reads to the end, prints how much came.
"""
import ctypes
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)


def serve(family, address, port, count):
    fd = libc.socket(int(family), socket.SOCK_STREAM, 0)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=fd)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, int(port)))
    listener.listen(4)
    made, _ = listener.accept()
    made.recv(100)
    made.sendall(bytes(int(count)))
    made.close()


def get(address, port):
    made = socket.socket()
    made.connect((address, int(port)))
    made.sendall(b"please\n")
    got = 0
    while True:
        data = made.recv(1 << 16)
        if not data:
            break
        got += len(data)
    made.close()
    print(got)


if __name__ == "__main__":
    {"serve": serve, "get": get}[sys.argv[1]](*sys.argv[2:])
