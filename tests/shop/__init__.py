"""A small retailer in a running system: stores, goods, taxes and its partner systems.

Lives here: what ``tests/e2e`` and ``tests/bench`` both need to have in Odoo before the
first message, made from the simulators' assortment. Not here: starting the system
(``setup/runtime/system.py``), sending (``tests/simulators``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..simulators.catalogue import CATALOGUE

if TYPE_CHECKING:
    from runtime.system import System

SCRIPT = Path(__file__).with_name("seed_script.py")
SECRET = "whsec_c2ltdWxhdG9ycy1zaGFyZS10aGlzLXNlY3JldC0wMDE="


@dataclass(frozen=True)
class Backend:
    """A partner system to create.

    :param subscribes: names of outgoing topics that are sent to ``event_url``.
    :param fields: other fields of ``retail.backend``, by name.
    """

    code: str
    subscribes: Sequence[str] = ()
    event_url: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)


def open_shop(
    system: System, *, stores: Sequence[str], backends: Sequence[Backend]
) -> None:
    """Create stores, the simulators' goods and taxes, and ``backends``; all active.

    Every backend verifies and signs with ``SECRET`` by Standard Webhooks.

    :raises SetupFailure: Odoo refused something.
    """
    wanted = {
        "stores": list(stores),
        "products": [{"sku": i.sku, "name": i.description} for i in CATALOGUE],
        "taxes": sorted({item.tax_code for item in CATALOGUE}),
        "secret": SECRET,
        "backends": [
            {
                "code": b.code,
                "subscribes": list(b.subscribes),
                "event_url": b.event_url,
                "fields": dict(b.fields),
            }
            for b in backends
        ],
    }
    system.run_shell(
        SCRIPT.read_text("utf-8"),
        "Opening a shop with its partner systems",
        RETAIL_SHOP=json.dumps(wanted),
    )
