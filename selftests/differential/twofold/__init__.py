# SPDX-License-Identifier: GPL-2.0
"""AF_INET and AF_TWIN beside each other: the same calls on both, in the same
kernel, and the same packets from the same peer; what they answer is compared.

names        words of the sequences and their numbers
sequences    sequences as text
calls        the steps of the application
stack        the steps of the peer; what the stack sends
meant        the file "differences"
report       runs and compares
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "peer"))
