"""A Slurm of one node that keeps accounts: slurmdbd before a MariaDB of its own."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from single_node import PATH, SingleNode, free_ports, own_name, until

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS: Final = ("slurmdbd", "mariadbd", "mariadb-install-db", "sacct")

ACCOUNTS: Final = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port}
AccountingStoragePass={folder}/munge.socket
"""
DAEMON: Final = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser={user}
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.log
"""


class AccountedNode(SingleNode):
    """One cluster with accounts."""

    def __init__(self, folder: Path, *, forgets_after: int = 300) -> None:
        port, _ = free_ports()
        super().__init__(folder, forgets_after=forgets_after, more=ACCOUNTS.format(port=port, folder=folder))
        daemon = folder / "slurmdbd.conf"
        daemon.write_text(DAEMON.format(port=port, folder=folder, user=own_name()))
        daemon.chmod(0o600)
        self.environment["MYSQL_UNIX_PORT"] = str(folder / "database.socket")

    def start(self) -> None:
        """Start the database and its daemon before the controller, which asks it for much."""
        self.start_munge()
        self._make_database()
        self._start("mariadbd", *self._database(), "--skip-networking", "--innodb-buffer-pool-size=16M")
        until((self.folder / "database.socket").exists)
        self._start("slurmdbd", "-D")
        until(lambda: "Cluster" in self.try_to("sacctmgr", "list", "cluster"))
        self.start_controller()
        self.start_node()

    def _database(self) -> list[str]:
        files = {"datadir": "database", "socket": "database.socket", "pid-file": "database.pid"}
        places = [f"--{option}={self.folder / name}" for option, name in files.items()]
        return ["--no-defaults", f"--user={own_name()}", *places]

    def _make_database(self) -> None:
        found = shutil.which("mariadb-install-db", path=PATH)
        assert found is not None
        words = [found, *self._database()[:3], "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(words, env=self.environment, capture_output=True, check=True)
