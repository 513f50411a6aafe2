#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Which multicast frames a device takes for Twin: those of the groups that its
sockets are in, as long as Twin is on the device. RFC 1112 section 6.4."""
import json
import os
import socket
import struct
import subprocess

from twin_lib import (AF_OURS, add_address, add_link, enter, finish, left, make,
                      point_is, run, run_tests, set_up)

GROUP, FRAMES, ALL_HOSTS = "239.1.2.3", "01:00:5e:01:02:03", "01:00:5e:00:00:01"
ADDRESS = "10.7.9.1"
ELSEWHERE = "elsewhere-%d" % os.getpid()


def users(frames):
    """How many want these frames from eth1."""
    told = subprocess.run(["ip", "-n", left, "-j", "maddr", "show", "dev", "eth1"],
                          check=True, stdout=subprocess.PIPE).stdout
    return sum(one.get("users", 1) for device in json.loads(told)
               for one in device["maddr"] if one.get("link") == frames)


def member():
    enter(left)
    made = make(AF_OURS, socket.SOCK_DGRAM, 0)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request())
    return made


def request():
    enter(left)
    return struct.pack("4s4si", socket.inet_aton(GROUP), bytes(4),
                       socket.if_nametoindex("eth1"))


def remove_address():
    run("twin", "-n", left, "addr", "del", ADDRESS + "/24", "dev", "eth1")


def come_and_go():
    kernels = users(ALL_HOSTS)
    add_address(left, ADDRESS, "eth1")
    point_is("with an address, frames to all hosts", users(ALL_HOSTS),
             kernels + 1)
    first, second = member(), member()
    point_is("with a member, those of its group", users(FRAMES), 1)
    first.close()
    point_is("they stay for the last member", users(FRAMES), 1)
    remove_address()
    point_is("without an address nothing is taken",
             (users(FRAMES), users(ALL_HOSTS)), (0, kernels))
    add_address(left, ADDRESS, "eth1")
    point_is("until it is back", (users(FRAMES), users(ALL_HOSTS)),
             (1, kernels + 1))
    second.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, request())
    point_is("they go with the last member", users(FRAMES), 0)
    remove_address()
    point_is("and the others with the address", users(ALL_HOSTS), kernels)
    second.close()


def return_of_the_device():
    """A device that was in another namespace has forgotten what it took."""
    kernels = users(ALL_HOSTS)
    add_address(left, ADDRESS, "eth1")
    made = member()
    run("ip", "-n", left, "link", "set", "eth1", "netns", ELSEWHERE)
    run("ip", "-n", ELSEWHERE, "link", "set", "eth1", "netns", left)
    run("ip", "-n", left, "link", "set", "eth1", "up")
    point_is("a device that returns takes what the kernel wants",
             (users(FRAMES), users(ALL_HOSTS)), (0, kernels))
    add_address(left, ADDRESS, "eth1")
    point_is("with the address, what Twin's groups want too",
             (users(FRAMES), users(ALL_HOSTS)), (1, kernels + 1))
    made.close()
    remove_address()
    point_is("and what the kernel wants is left in the end",
             (users(FRAMES), users(ALL_HOSTS)), (0, kernels))


set_up()
add_link("eth1")
run("ip", "netns", "add", ELSEWHERE)
run_tests((come_and_go, return_of_the_device))
run("ip", "netns", "del", ELSEWHERE)
finish()
