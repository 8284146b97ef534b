"""A PostgreSQL server as the rest sees it: how to reach it, its databases.

The server is the user's (PG* variables) or one of ours (postgres.Cluster). Needs
the packages of the environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from .failures import DISK_FULL, SetupFailure

# Any of these says that the user means a server of their own.
NAMING_VARIABLES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")
MAINTENANCE_DATABASE = "postgres"
VERSION_MIN = 130000  # Odoo 19: MIN_PG_VERSION


@dataclass(frozen=True)
class Server:
    """Connection settings; empty ones are left to libpq and its PG* variables."""

    host: str = ""
    port: int = 0
    user: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Return the process environment for clients of this server."""
        if not self.host:
            return dict(os.environ)
        kept = {key: text for key, text in os.environ.items() if key[:2] != "PG"}
        return kept | {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
        }

    def connect(self, database: str = MAINTENANCE_DATABASE) -> Any:
        """Return a psycopg2 connection in autocommit mode."""
        settings = {"host": self.host, "port": self.port, "user": self.user}
        connection = psycopg2.connect(
            dbname=database,
            connect_timeout=10,
            **{key: value for key, value in settings.items() if value},
        )
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        return connection

    def query(
        self,
        statement: str | sql.Composed,
        values: tuple[object, ...] = (),
        *,
        database: str = MAINTENANCE_DATABASE,
    ) -> list[tuple[Any, ...]]:
        """Run one statement on its own connection; return its rows, if any."""
        with (
            closing(self.connect(database)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def is_ready(self) -> bool:
        """Tell whether the server accepts connections."""
        try:
            self.query("SELECT 1")
        except psycopg2.OperationalError:
            return False
        return True

    def has_database(self, name: str) -> bool:
        """Tell whether the database exists."""
        return bool(self.query("SELECT 1 FROM pg_database WHERE datname=%s", (name,)))

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Create a database, as a copy of `template` when one is given."""
        self.query(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )

    def drop_database(self, name: str) -> None:
        """Drop a database, ending whatever is still connected to it."""
        self.query(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                sql.Identifier(name)
            )
        )

    def rename_database(self, old: str, new: str) -> None:
        """Give a database another name; nobody may be connected to it."""
        self.query(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(old), sql.Identifier(new)
            )
        )


def named_by_user() -> Server | None:
    """Return the server that the PG* variables name, checked; None if none is named.

    Raises SetupFailure when it cannot be used for Odoo.
    """
    if not any(os.environ.get(name) for name in NAMING_VARIABLES):
        return None
    server = Server()
    try:
        with closing(server.connect()) as connection:
            version, user = connection.server_version, connection.info.user
        can_create = server.query(
            "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname=current_user"
        )[0][0]
    except psycopg2.OperationalError as error:
        raise SetupFailure(
            "The PostgreSQL server that the PG* variables name does not let us in:"
            f" {' '.join(str(error).split())}."
        ) from error
    if version < VERSION_MIN or user == "postgres" or not can_create:
        raise SetupFailure(
            "The PostgreSQL server that the PG* variables name does not do for Odoo:"
            " it must be version 13 or later, with a user that may create databases"
            f" and is not called postgres (here: {version // 10000}, {user})."
        )
    return server


@contextmanager
def told_as_failure() -> Iterator[None]:
    """Turn what PostgreSQL refuses during a set-up into one sentence."""
    try:
        yield
    except psycopg2.errors.DiskFull as error:
        raise SetupFailure(DISK_FULL) from error
    except psycopg2.Error as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise SetupFailure(
            f"PostgreSQL refused ({reason}): run the command again."
        ) from error
