"""What the driver starts: processes that know nothing of Ostler, only this package and wasmtime."""
