"""Attempts at the host's network and its sockets."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
from typing import TYPE_CHECKING

from tests.escape.probe.table import PreventedError, attempt

if TYPE_CHECKING:
    from tests.escape.probe.table import Given

GET_FLAGS, SET_FLAGS = 0x8913, 0x8914


@attempt("share the host's network")
def _(given: Given) -> None:
    if os.readlink("/proc/self/ns/net") != given["network"]:
        message = "it has one of its own"
        raise PreventedError(message)


@attempt("connect to a service on 127.0.0.1")
def _(given: Given) -> None:
    socket.create_connection(("127.0.0.1", given["port"]), timeout=2).close()


@attempt("connect to an abstract Unix socket of the host")
def _(given: Given) -> None:
    _connect("\0" + given["abstract"])


@attempt("connect to a Unix socket in a folder of the host")
def _(given: Given) -> None:
    _connect(given["socket"])


@attempt("talk to the supervisor")
def _(given: Given) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(2)
        peer.connect(os.path.join(given["data_dir"], "supervisor.sock"))
        hello = {"n": 0, "do": "hello", "protocol": given["protocol"], "key": _key(given)}
        peer.sendall(json.dumps(hello).encode() + b"\n")
        answer = peer.recv(4096).decode()
    if '"ok"' not in answer:
        raise PreventedError(answer)


def _key(given: Given) -> str:
    try:
        with open(os.path.join(given["data_dir"], "supervisor.key"), encoding="ascii") as source:
            return source.read()
    except OSError:
        return ""


def _connect(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(name)


@attempt("listen on a port below 1024")
def _(given: Given) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", given["low_port"]))


@attempt("open a raw socket")
def _(given: Given) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()


@attempt("open a packet socket")
def _(given: Given) -> None:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()


@attempt("configure a network interface")
def _(given: Given) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        request = struct.pack("16sh22x", b"lo", 0)
        found = fcntl.ioctl(asked, GET_FLAGS, request)
        fcntl.ioctl(asked, SET_FLAGS, found)
