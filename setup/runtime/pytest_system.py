"""The running system as a pytest fixture, for tests/e2e and tests/fuzz.

A conftest names it: pytest_plugins = ["runtime.pytest_system"]; setup/test puts
the folder setup on the path.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from . import paths
from .system import Plan, System, running_system


@pytest.fixture(scope="session")
def system_options() -> dict[str, object]:
    """Return what stands in odoo.conf besides the usual; folders may have their own."""
    return {"retail_metrics_allow": "127.0.0.1"}


@pytest.fixture(scope="session")
def system_name() -> str:
    """Return the name of the system and its folder; those that run at once differ."""
    return "e2e"


@pytest.fixture(scope="session")
def system(
    pytestconfig: pytest.Config, system_options: dict[str, object], system_name: str
) -> Iterator[System]:
    """Yield a supervised system on a fresh database, with a PostgreSQL of its own.

    Its `cluster` and `odoo_pid` are there to be broken.
    """
    plan = Plan(
        system_name,
        paths.RUN / system_name,
        throwaway=True,
        own_postgres=True,
        options=system_options,
    )
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with ExitStack() as stack:
        # Preparing takes half a minute: whoever waits shall see what for.
        with capture.global_and_fixture_disabled():
            print()
            running = stack.enter_context(running_system(plan))
        yield running
