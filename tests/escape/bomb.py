"""One bomb, which ends by itself when it has got far: ``python -S bomb.py KIND FOLDER REPORT [stay]``.

Writes to ``REPORT`` how far it got.  With ``stay`` it then goes on for a while, as a bomb would.
"""

from __future__ import annotations

import os
import sys
import threading
import time

FAR = {
    "fork": 150,
    "memory": 160,
    "thread": 150,
    "descriptor": 1500,
    "inode": 4000,
    "disk": 64,
    "log": 24,
    "nameless": 24,
}
STAY_SECONDS = 3.0
# What is measured is looked at from time to time, at the latest after 10 s.
MEASURED_SECONDS = {"disk": 15.0, "inode": 15.0, "nameless": 15.0}
MEGABYTE = b"\1" * (1 << 20)


def main() -> None:
    """Go on until it is far enough, or something is in the way."""
    kind, folder, report = sys.argv[1:4]
    told = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in range(1, FAR[kind] + 1):
        try:
            KINDS[kind](folder, number)
        except (OSError, RuntimeError, MemoryError):
            break
        os.pwrite(told, str(number).encode(), 0)
    time.sleep(MEASURED_SECONDS.get(kind, STAY_SECONDS) if staying() else 0)
    os._exit(0)


def staying() -> bool:
    """Tell whether it is a bomb in earnest: then something has to hold it."""
    return sys.argv[4:] == ["stay"]


def fork(_: str, number: int) -> None:
    if os.fork() == 0:
        end = time.monotonic() + (STAY_SECONDS if staying() else 0.2)
        while not staying() and time.monotonic() < end:
            time.sleep(0.05)
        while time.monotonic() < end:  # keeps a processor busy, and tries to go on forking
            try:
                os.fork()
            except OSError:
                continue
        os._exit(0)


held: list[object] = []


def memory(_: str, number: int) -> None:
    held.append(bytearray(MEGABYTE))


def thread(_: str, number: int) -> None:
    threading.Thread(target=time.sleep, args=(STAY_SECONDS,), daemon=True).start()


def descriptor(_: str, number: int) -> None:
    os.open("/dev/null", os.O_RDONLY)


def inode(folder: str, number: int) -> None:
    os.close(os.open(os.path.join(folder, str(number)), os.O_CREAT | os.O_WRONLY))


def disk(folder: str, number: int) -> None:
    with open(os.path.join(folder, "file"), "ab") as target:
        target.write(MEGABYTE)


def log(_: str, number: int) -> None:
    sys.stdout.buffer.write(MEGABYTE)
    sys.stdout.buffer.flush()


def nameless(folder: str, number: int) -> None:
    path = os.path.join(folder, "nameless")
    with open(path, "ab") as target:
        os.unlink(path)
        target.write(MEGABYTE)
        held.append(os.dup(target.fileno()))


KINDS = {
    "fork": fork,
    "memory": memory,
    "thread": thread,
    "descriptor": descriptor,
    "inode": inode,
    "disk": disk,
    "log": log,
    "nameless": nameless,
}

if __name__ == "__main__":
    main()
