FORMAT: int

def begin(
    calls: bytes,
    counts: tuple[int, ...],
    memory: bytes,
    addresses: bytes,
    registers: int,
    held: bytes,
    namespaces: int,
    group: int,
    slot: int,
    init: int,
    title: bytes,
    old_clone: bool,
    waits: bool,
    /,
) -> tuple[object, int]: ...
def let_on(launch: object, ready: bool, /) -> None: ...
def finish(launch: object, /) -> tuple[int, ...]: ...
