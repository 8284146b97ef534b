"""Statements that commit by themselves, on a connection that has begun nothing yet.

Lives here: switching a psycopg2 connection to autocommit and back without a round trip.
Called by the inbox. A transaction around a single INSERT costs two more round trips
(BEGIN, COMMIT), and under REPEATABLE READ a twin that was committed meanwhile raises a
serialization failure instead of being skipped (decision 39).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2.extensions import STATUS_READY
from psycopg2.extensions import connection as Connection


@contextmanager
def where_nothing_has_begun(connection: Connection) -> Iterator[None]:
    """Let each statement of the block commit by itself, READ COMMITTED.

    In the middle of a transaction the block is part of it: what the caller wrote
    before must not be committed half.
    """
    if connection.status != STATUS_READY or connection.autocommit:
        yield
        return
    level, readonly = connection.isolation_level, connection.readonly
    # With a level set, switching autocommit would tell the server about it.
    connection.set_session(isolation_level="DEFAULT", readonly="DEFAULT")
    connection.autocommit = True
    try:
        yield
    finally:
        if not connection.closed:
            connection.autocommit = False
            connection.set_session(isolation_level=level, readonly=readonly)
