#!/usr/bin/env python3
"""Runs a command that may not fix its addresses: personality() is refused, as a container's usual profile does.

    no_personality.py COMMAND...
"""

import ctypes
import os
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
LOAD_NUMBER, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
PERSONALITY, EPERM = 135, 1


class Program(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def refuse_personality():
    steps = [(LOAD_NUMBER, 0, 0, 0), (JUMP_IF_EQUAL, 0, 1, PERSONALITY), (RETURN, 0, 0, 0x00050000 | EPERM),
             (RETURN, 0, 0, 0x7FFF0000)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code)
    program = Program(len(steps), ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        sys.exit(f"no_personality.py: prctl: {os.strerror(ctypes.get_errno())}")
    if libc.personality(ctypes.c_ulong(0xFFFFFFFF)) != -1 or ctypes.get_errno() != EPERM:
        sys.exit("no_personality.py: personality() is allowed all the same")


refuse_personality()
os.execvp(sys.argv[1], sys.argv[1:])
