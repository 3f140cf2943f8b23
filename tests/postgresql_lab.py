"""A real PostgreSQL server of a test's own: Debian's, on a private folder and port."""

import functools
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.ports import free_port

_BINARIES: Final = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PASSWORD: Final = "s3cret-of-the-server"


@dataclass
class Server:
    """Belongs to Debian's user ``postgres``, as the server refuses to run as root."""

    folder: Path
    port: int
    database: str = "postgres"

    @classmethod
    def make(cls, parent: Path | None = None) -> "Server":
        """In a folder of its own below ``parent``, which is open to the server's user, as pytest's own are not."""
        folder = Path(tempfile.mkdtemp(prefix="virtwright-postgresql-", dir=parent))
        folder.chmod(0o755)
        shutil.chown(folder, "postgres", "postgres")
        subprocess.run(["cp", "-a", str(_template() / "data"), str(folder)], check=True, timeout=120)
        return cls(folder, free_port())

    def remove(self) -> None:
        """Stop it and remove all that it had."""
        self.stop("immediate")
        shutil.rmtree(self.folder)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    @property
    def url(self) -> str:
        return f"postgresql://owner:{PASSWORD}@127.0.0.1:{self.port}/{self.database}"

    @property
    def process(self) -> int:
        """Its process id; 0 where it does not run."""
        try:
            return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return 0

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=16MB"
        self._as_postgres(
            "pg_ctl", "-D", self._data, "-l", str(self.folder / "log"), "-w", "-t", "30", "-o", options, "start",
        )  # fmt: skip

    def stop(self, mode: str = "fast") -> None:
        """``immediate`` is as if it were killed: it recovers when it is started again."""
        if self.process:
            self._as_postgres("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def restart_suddenly(self, down: float = 0.0) -> None:
        self.stop("immediate")
        time.sleep(down)
        self.start()

    def sql(self, statement: str) -> str:
        """Through psql, as the owner; the answer's rows, one a line."""
        return subprocess.run(
            ["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url, "-c", statement],
            check=True, capture_output=True, text=True, timeout=120,
        ).stdout.strip()  # fmt: skip

    def _as_postgres(self, program: str, *arguments: str) -> None:
        _run_as_postgres(self.folder, program, *arguments)


def remove_template() -> None:
    """To be called when the process needs no more servers. Not left to ``atexit``: pytest's workers end without it."""
    if _template.cache_info().currsize:
        shutil.rmtree(_template())
        _template.cache_clear()


@functools.cache
def _template() -> Path:
    """A server's folder that is made once in each process and copied: making one takes seconds."""
    folder = Path(tempfile.mkdtemp(prefix="virtwright-postgresql-"))
    folder.chmod(0o755)
    shutil.chown(folder, "postgres", "postgres")
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    _run_as_postgres(
        *(folder, "initdb", "-D", str(folder / "data"), "-A", "scram-sha-256", "-U", "owner", "--no-sync"),
        *("--encoding=UTF8", "--locale=C.UTF-8", f"--pwfile={folder / 'password'}"),
    )
    return folder


def _run_as_postgres(folder: Path, program: str, *arguments: str) -> None:
    become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    done = subprocess.run(
        [*become, str(_BINARIES[-1] / program), *arguments],
        check=False, cwd=folder, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
