FORMAT: int

def launch(
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
    /,
) -> tuple[int, ...]: ...
