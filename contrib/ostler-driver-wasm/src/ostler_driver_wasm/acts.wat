;; Does what an act of Ostler's conformance kit asks, as `acts.py` writes it: a letter, then what it needs.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 16)
  ;; 0-63: results and vectors; 64-127: a subscription; 128-191: an event; 1024: pointers; 8192: words
  (func $length (param $at i32) (result i32) (local $end i32)
    (local.set $end (local.get $at))
    (block $done (loop $next
      (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br $next)))
    (i32.sub (local.get $end) (local.get $at)))
  (func $write (param $fd i32) (param $at i32) (param $size i32)
    (loop $more
      (if (local.get $size) (then
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $size))
        (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
        (local.set $at (i32.add (local.get $at) (i32.load (i32.const 8))))
        (local.set $size (i32.sub (local.get $size) (i32.load (i32.const 8))))
        (br $more)))))
  (func $line (param $at i32)
    (call $write (i32.const 1) (local.get $at) (call $length (local.get $at)))
    (i32.store8 (i32.const 16) (i32.const 10))
    (call $write (i32.const 1) (i32.const 16) (i32.const 1)))
  (func $word (param $index i32) (result i32)
    (i32.load (i32.add (i32.const 1024) (i32.mul (i32.const 4) (local.get $index)))))
  (func $number (param $at i32) (result i32) (local $found i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (i32.load8_u (local.get $at))))
      (local.set $found (i32.add (i32.mul (local.get $found) (i32.const 10))
                                 (i32.sub (i32.load8_u (local.get $at)) (i32.const 48))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
    (local.get $found))
  (func $sleep (param $milliseconds i32)
    (i64.store (i32.const 64) (i64.const 0))
    (i32.store8 (i32.const 72) (i32.const 0))
    (i32.store (i32.const 80) (i32.const 1))
    (i64.store (i32.const 88) (i64.mul (i64.extend_i32_u (local.get $milliseconds)) (i64.const 1000000)))
    (i64.store (i32.const 96) (i64.const 0))
    (i32.store16 (i32.const 104) (i32.const 0))
    (drop (call $poll_oneoff (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 32))))

  ;; What stands above serves the programs of the tests too.
  (func $is (param $letter i32) (param $what i32) (result i32)
    (i32.eq (local.get $letter) (local.get $what)))
  (func $do (param $letter i32) (param $what i32)
    (if (i32.lt_u (i32.sub (local.get $letter) (i32.const 48)) (i32.const 10)) (then
      (call $file (i32.sub (local.get $letter) (i32.const 48)) (local.get $what))))
    (if (call $is (local.get $letter) (i32.const 111)) (then ;; o
      (call $write (i32.const 1) (local.get $what) (call $length (local.get $what)))))
    (if (call $is (local.get $letter) (i32.const 101)) (then ;; e
      (call $write (i32.const 2) (local.get $what) (call $length (local.get $what)))))
    (if (call $is (local.get $letter) (i32.const 118)) (then ;; v
      (call $variable (local.get $what))))
    (if (call $is (local.get $letter) (i32.const 110)) (then ;; n
      (call $numbers (call $number (local.get $what)))))
    (if (call $is (local.get $letter) (i32.const 109)) (then ;; m
      (call $take (call $number (local.get $what)))))
    (if (call $is (local.get $letter) (i32.const 98)) (then ;; b
      (loop $forever (br $forever))))
    (if (call $is (local.get $letter) (i32.const 115)) (then ;; s
      (call $sleep (call $number (local.get $what)))))
    (if (call $is (local.get $letter) (i32.const 120)) (then ;; x
      (call $proc_exit (call $number (local.get $what))))))
  (func $variable (param $name i32) (local $at i32) (local $left i32) (local $size i32) (local $same i32)
    (drop (call $environ_sizes_get (i32.const 32) (i32.const 36)))
    (drop (call $environ_get (i32.const 131072) (i32.const 139264)))
    (local.set $left (i32.load (i32.const 32)))
    (block $found (loop $next
      (br_if $found (i32.eqz (local.get $left)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (local.set $at (i32.load (i32.add (i32.const 131072) (i32.mul (local.get $left) (i32.const 4)))))
      (local.set $size (i32.const 0))
      (block $end (loop $letter
        (local.set $same (i32.load8_u (i32.add (local.get $name) (local.get $size))))
        (br_if $end (i32.eqz (local.get $same)))
        (br_if $next (i32.ne (local.get $same) (i32.load8_u (i32.add (local.get $at) (local.get $size)))))
        (local.set $size (i32.add (local.get $size) (i32.const 1)))
        (br $letter)))
      (local.set $at (i32.add (local.get $at) (local.get $size)))
      (br_if $next (i32.ne (i32.load8_u (local.get $at)) (i32.const 61)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (call $write (i32.const 1) (local.get $at) (call $length (local.get $at)))))
    (i32.store8 (i32.const 16) (i32.const 10))
    (call $write (i32.const 1) (i32.const 16) (i32.const 1)))
  (func $digits (param $number i32) (param $at i32) (result i32)
    (if (i32.ge_u (local.get $number) (i32.const 10)) (then
      (local.set $at (call $digits (i32.div_u (local.get $number) (i32.const 10)) (local.get $at)))))
    (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
    (i32.add (local.get $at) (i32.const 1)))
  (func $both (param $end i32)
    (call $write (i32.const 1) (i32.const 262144) (i32.sub (local.get $end) (i32.const 262144)))
    (call $write (i32.const 2) (i32.const 262144) (i32.sub (local.get $end) (i32.const 262144))))
  (func $numbers (param $last i32) (local $number i32) (local $at i32)
    (local.set $at (i32.const 262144))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $number) (local.get $last)))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (local.set $at (call $digits (local.get $number) (local.get $at)))
      (i32.store8 (local.get $at) (i32.const 10))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.gt_u (local.get $at) (i32.const 327680)) (then
        (call $both (local.get $at))
        (local.set $at (i32.const 262144))))
      (br $next)))
    (call $both (local.get $at)))
  (func $file (param $directory i32) (param $path i32)
    (if (call $path_open (local.get $directory) (i32.const 1)
          (local.get $path) (call $length (local.get $path))
          (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 40))
      (then (unreachable)))
    ;; what it holds stands behind the next NUL
    (local.set $path (i32.add (local.get $path) (i32.add (call $length (local.get $path)) (i32.const 3))))
    (call $write (i32.load (i32.const 40)) (local.get $path) (call $length (local.get $path))))
  (func $take (param $pages i32)
    (loop $more
      (if (local.get $pages) (then
        (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
        (local.set $pages (i32.sub (local.get $pages) (i32.const 1)))
        (br $more)))))
  (func $_start (export "_start") (local $index i32) (local $count i32)
    (drop (call $args_sizes_get (i32.const 32) (i32.const 36)))
    (drop (call $args_get (i32.const 1024) (i32.const 8192)))
    (local.set $count (i32.load (i32.const 32)))
    (local.set $index (i32.const 1))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $index) (local.get $count)))
      (call $do
        (i32.load8_u (call $word (local.get $index))) (call $word (i32.add (local.get $index) (i32.const 1))))
      (local.set $index (i32.add (local.get $index) (i32.const 2)))
      (br $next)))))
