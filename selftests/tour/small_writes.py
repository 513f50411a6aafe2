#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Three small writes in a row, of a program that does not care: a request to a
web server in pieces. With "nodelay" it asks for each to be sent at once.

usage: small_writes.py ADDRESS [nodelay]
"""
import socket
import sys

made = socket.create_connection((sys.argv[1], 80))
if sys.argv[2:] == ["nodelay"]:
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for piece in (b"GET /page HTTP/1.0\r\n", b"Host: www\r\n", b"\r\n"):
    made.send(piece)
while made.recv(4096):
    pass
