"""How Odoo is configured and started: odoo.conf, command lines, environment.

Values in, files and command lines out; who keeps the process alive is supervisor,
who fills a database is `install`. Called by the demo, the tests and the bench.
"""

from __future__ import annotations

import base64
import configparser
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import paths, python_env
from .database import Server
from .failures import SetupFailure
from .odoo_source import OdooSource

HOST = "127.0.0.1"
SERVER_WIDE_MODULES = ("base", "web", "queue_job", "retail_integration_base")
SECRET_KEY_BYTES = 32


@dataclass(frozen=True)
class OdooServer:
    """One configured Odoo: a folder with its odoo.conf, data and log.

    `workers` = 0 is the threaded server (tests), more the prefork server. `prefix`
    runs every command of it, such as `ip netns exec NAME`.
    """

    folder: Path
    source: OdooSource
    postgres: Server
    database: str
    data: Path
    port: int = 8069
    workers: int = 0
    cron_threads: int = 0
    job_channels: str = "root:2"
    options: Mapping[str, object] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()

    @property
    def configuration(self) -> Path:
        """The generated odoo.conf."""
        return self.folder / "odoo.conf"

    @property
    def log(self) -> Path:
        """What the running server logs."""
        return self.folder / "odoo.log"

    @property
    def base_url(self) -> str:
        """Where people and partners reach this server."""
        return f"http://{self.options.get('http_interface', 'localhost')}:{self.port}"

    def command(self, *arguments: str) -> list[str]:
        """Return the command line, through Odoo's script entry point.

        `python -m odoo` would not do: its event worker dies and is started again
        dozens of times a second.
        """
        script = str(self.source.script)
        return [*self.prefix, str(python_env.python()), script, *arguments]

    def server_arguments(self, *arguments: str) -> list[str]:
        """Return the arguments that serve, or do what `arguments` say."""
        return ["server", "-c", str(self.configuration), *arguments]

    def filestore(self, database: str) -> Path:
        """Return the folder in which Odoo keeps a database's files."""
        return self.data / "filestore" / database

    def on_database(self, name: str) -> OdooServer:
        """Return the same server for another database."""
        return replace(self, database=name)

    def environment(self) -> dict[str, str]:
        """Return the process environment of Odoo."""
        return self.postgres.environment | {
            "PYTHONPATH": str(self.source.import_path),
            "PYTHONUNBUFFERED": "1",
            "RETAIL_SECRET_KEYS": self.secret_keys(),
        }

    def secret_keys(self) -> str:
        """Return the key ring that encrypts credentials; created on first use."""
        keys = self.folder / "secret_keys"
        if not keys.exists():
            key = base64.urlsafe_b64encode(os.urandom(SECRET_KEY_BYTES)).decode()
            write_private(keys, key + "\n")
        return keys.read_text("utf-8").strip()

    def write_configuration(self) -> None:
        """Write odoo.conf, readable by its owner only."""
        parser = configparser.ConfigParser(interpolation=None)
        parser["options"] = {key: str(value) for key, value in self._options().items()}
        parser["queue_job"] = {
            "channels": self.job_channels,
            "host": HOST,
            "port": str(self.port),
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        lines: list[str] = []
        for section in parser.sections():
            lines.append(f"[{section}]")
            lines += [f"{key} = {text}" for key, text in parser[section].items()]
        write_private(self.configuration, "\n".join(lines) + "\n")

    def _options(self) -> dict[str, object]:
        wide = [
            name
            for name in SERVER_WIDE_MODULES
            if not name.startswith("retail_") or (paths.ROOT / name).is_dir()
        ]
        return {
            "addons_path": ",".join(str(path) for path in self._addons()),
            "admin_passwd": secrets.token_urlsafe(24),
            "data_dir": self.data,
            # A name and no filter: with a filter, every request without a session
            # lists all databases first, which costs three times as much.
            "db_name": self.database,
            **self._database_options(),
            "http_interface": HOST,
            "http_port": self.port,
            "gevent_port": free_port() if self.workers else self.port,
            "limit_time_cpu": 600,
            "limit_time_real": 1200,
            "list_db": False,
            "max_cron_threads": self.cron_threads,
            "proxy_mode": False,
            "server_wide_modules": ",".join(wide),
            "workers": self.workers,
            **self.options,
        }

    def _addons(self) -> list[Path]:
        site = python_env.site_packages()
        return [*self.source.addons, site / "odoo" / "addons", paths.ROOT]

    def _database_options(self) -> dict[str, object]:
        if not self.postgres.host:
            return {}
        return {
            "db_host": self.postgres.host,
            "db_port": self.postgres.port,
            "db_user": self.postgres.user,
        }


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY, 0o600), "w") as handle:
        handle.truncate()
        handle.write(text)
    partial.replace(path)


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody uses now."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def check_port(port: int) -> None:
    """Raise SetupFailure when the port cannot be served on."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise SetupFailure(
                f"Port {port} is taken by another program ({error.strerror}): stop it,"
                " or choose another port with --port."
            ) from error
