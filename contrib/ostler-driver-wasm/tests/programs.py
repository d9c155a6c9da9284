"""The programs that the tests run, as text: what each does stands behind what all have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ostler_driver_wasm.places import ACTS

ACT: Final = Path(ACTS).read_text("utf-8")
SHARED: Final = ACT[ACT.index("(module") : ACT.index("  ;; What stands above")]


def program(body: str, *, pages: int = 16, data: str = "") -> str:
    """Write a command whose `_start` is ``body``; it has the calls of WASI and the functions of `ACT`."""
    shared = SHARED.replace('(export "memory") 16)', f'(export "memory") {pages})')
    start = f'  (func $_start (export "_start") (local $index i32) (local $count i32)\n{body})'
    return f"{shared}{data}{start})\n"


def text(at: int, words: str) -> str:
    """Write a piece of data that ends with a NUL."""
    return f'  (data (i32.const {at}) "{words}\\00")\n'


HELLO: Final = program("(call $line (i32.const 512))", data=text(512, "hello"))
EXIT: Final = program(
    "(drop (call $args_get (i32.const 1024) (i32.const 8192)))"
    "(call $proc_exit (call $number (call $word (i32.const 1))))"
)
LISTS: Final = """
    (drop (call ${what}_sizes_get (i32.const 32) (i32.const 36)))
    (drop (call ${what}_get (i32.const 1024) (i32.const 8192)))
    (local.set $count (i32.load (i32.const 32)))
    (local.set $index (i32.const 0))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $index) (local.get $count)))
      (call $line (call $word (local.get $index)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next)))
"""
ECHO: Final = program(LISTS.replace("{what}", "args") + LISTS.replace("{what}", "environ"))
CAT: Final = program("""
    (block $done (loop $next
      (i32.store (i32.const 0) (i32.const 8192))
      (i32.store (i32.const 4) (i32.const 4096))
      (br_if $done (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 12)))
      (br_if $done (i32.eqz (i32.load (i32.const 12))))
      (call $write (i32.const 1) (i32.const 8192) (i32.load (i32.const 12)))
      (br $next)))
""")
# Opens the file named by the second argument below the preopened directory whose number is the first:
# "0 local/x" is refused with WASI's error number as exit code.  With a third argument it writes that there.
FILE: Final = program("""
    (drop (call $args_sizes_get (i32.const 32) (i32.const 36)))
    (drop (call $args_get (i32.const 1024) (i32.const 8192)))
    (local.set $count (i32.gt_u (i32.load (i32.const 32)) (i32.const 3)))
    (local.set $index (call $path_open
      (call $number (call $word (i32.const 1))) (i32.const 1)
      (call $word (i32.const 2)) (call $length (call $word (i32.const 2)))
      (select (i32.const 1) (i32.const 0) (local.get $count))
      (select (i64.const 64) (i64.const 2) (local.get $count)) (i64.const 0) (i32.const 0) (i32.const 40)))
    (if (local.get $index) (then (call $proc_exit (local.get $index))))
    (if (local.get $count)
      (then (call $write
        (i32.load (i32.const 40)) (call $word (i32.const 3)) (call $length (call $word (i32.const 3)))))
      (else
        (i32.store (i32.const 0) (i32.const 65536))
        (i32.store (i32.const 4) (i32.const 4096))
        (drop (call $fd_read (i32.load (i32.const 40)) (i32.const 0) (i32.const 1) (i32.const 12)))
        (call $write (i32.const 1) (i32.const 65536) (i32.load (i32.const 12)))))
""")
LOOP: Final = program("(loop $forever (br $forever))", pages=1)
SLEEP: Final = program("(call $sleep (i32.const 60000))")
HOG: Final = program("""
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (unreachable)
""")
TRAP: Final = program("(call $length (i32.const -1)) drop")
