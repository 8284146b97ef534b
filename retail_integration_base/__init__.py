"""The hub of the retail integration suite: see ``docs/architecture.md``.

``post_load`` runs once per server process, before any database is opened, because
the module is server-wide: the gateway must answer even when PostgreSQL is away.
"""

from . import controllers, models, wizards
from .hooks import post_load
