"""An Ostler driver that runs WebAssembly programs on wasmtime: `driver`, and in `process` what it starts."""
