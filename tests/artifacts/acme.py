"""A package of somebody else's that adds a scheme to fsspec, as it lies when it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_MODULE: Final = '''
import io
import os
import socket
from pathlib import Path

from fsspec.spec import AbstractFileSystem


class Acme(AbstractFileSystem):
    """Serves the path of the address, or does what its first step says."""

    protocol = "acme"
    cachable = False

    def __init__(self, greeting="hello", count=1, **options):
        super().__init__(**options)
        if "strict" in options:
            object(**options)
        self.text = f"{greeting}\\n" * count

    def info(self, path, **options):
        return {"name": path, "type": "file", "size": None}

    def _open(self, path, mode="rb", **options):
        verb, _, rest = self._strip_protocol(path).partition("/")
        if verb == "read":
            return io.BytesIO(Path("/" + rest).read_bytes())
        if verb == "write":
            Path("/" + rest).write_text("x")
        if verb == "environment":
            return io.BytesIO(repr(sorted(os.environ)).encode())
        if verb == "print":
            print("something that nobody asked for", flush=True)
            os.system("echo and something more")
        if verb == "connect":
            socket.create_connection(("169.254.169.254", 80), timeout=1)
        if verb == "run":
            import subprocess
            return io.BytesIO(subprocess.run(["/bin/cat", "/" + rest], capture_output=True).stderr)
        return io.BytesIO(self.text.encode())
'''


def install(directory: Path) -> Path:
    """Install it, and return the path on which it is found."""
    site = directory / "site-packages"
    metadata = site / "acme_fs-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-fs\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[fsspec.specs]\nacme = acme_fs:Acme\n")
    (site / "acme_fs.py").write_text(_MODULE)
    return site
