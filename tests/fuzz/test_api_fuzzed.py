"""Schemathesis drives the running API through its whole description.

The description is the oracle: status codes, media types, headers and shapes of every
answer, refusal of wrong input, no answer without a key. Bounded,
and without chance or memory, so that every run does the same. Settings and the reason
for each exception are in ``schemathesis.toml``. What it found once has a test of its
own in the module (``test_api_described.py``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from runtime.system import System
from tests.shop import Backend, open_shop

pytest_plugins = ["runtime.pytest_system"]

CONFIG = Path(__file__).with_name("schemathesis.toml")
OPERATOR_TOKEN = "of-who-runs-this-system"
EXAMPLES = "10"
TIMEOUT_S = 600
KEY_SCRIPT = """
import os
env = globals()["env"]
backend = env["retail.backend"].search([("code", "=", "fuzz")])
backend.offered_topic_ids = env["retail.topic"].search([("direction", "=", "out")])
scopes = env["retail.api.scope"].search([]).mapped("name")
key, text = env["retail.api.key"]._issue(backend, "fuzz", *scopes)
key.limit_per_minute = 0
env.cr.commit()
with open(os.environ["KEY_FILE"], "w") as file:
    file.write(text)
"""


PAGED = """
[[operations]]
include-name = "{name}"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "429"]
"""
KEYED = """
[[operations]]
include-name = "{name}"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429"]
"""


@pytest.fixture(scope="session")
def system_name() -> str:
    """Return a name of its own: scenarios run beside this one."""
    return "fuzz"


@pytest.fixture(scope="session")
def system_options() -> dict[str, object]:
    """Open the metrics by a token: where an address is enough, none is asked for."""
    return {"retail_metrics_token": OPERATOR_TOKEN}


@pytest.fixture(scope="module")
def key(system: System, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a key with every scope, for a backend that anybody may confuse."""
    open_shop(system, stores=["12"], backends=[Backend("fuzz")])
    path = tmp_path_factory.mktemp("key") / "key"
    system.run_shell(KEY_SCRIPT, "Issuing a key", KEY_FILE=str(path))
    return path.read_text("utf-8")


def derived(described: dict[str, Any], written: str) -> str:
    """Return the exceptions that follow from the description.

    A cursor is ours to give out: a made-up one has the right form and is refused (400).
    All operations show the same example of an idempotency key: whoever uses it for a
    second request is told so (422).
    """
    found = []
    for path, item in described["paths"].items():
        for method, operation in item.items():
            name = f"{method.upper()} {path}"
            asked = {one["name"] for one in operation["parameters"]}
            if f'include-name = "{name}"' in written:
                continue
            found += [PAGED.format(name=name)] if "cursor" in asked else []
            found += [KEYED.format(name=name)] if "Idempotency-Key" in asked else []
    return "".join(found)


@pytest.fixture
def config(system: System, tmp_path: Path) -> Path:
    """Return the settings, completed by what the description says."""
    address = f"{system.base_url}/retail/v1/openapi.json"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=TIMEOUT_S) as answer:
        described = json.load(answer)
    assert {"/retail/metrics", "/retail/v1/subscriptions"} <= set(described["paths"])
    written = CONFIG.read_text("utf-8")
    path = tmp_path / CONFIG.name
    path.write_text(written + derived(described, written), "utf-8")
    return path


def test_api_is_what_it_says_it_is(system: System, key: str, config: Path):
    command = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            *(str(command), "--config-file", str(config), "run"),
            f"{system.base_url}/retail/v1/openapi.json",
            *("--max-examples", EXAMPLES, "--checks", "all"),
            "--generation-deterministic",
            *("--continue-on-failure", "--no-color"),
        ],
        env={
            **os.environ,
            "RETAIL_FUZZ_KEY": key,
            "RETAIL_FUZZ_OPERATOR": OPERATOR_TOKEN,
            "NO_PROXY": "*",
        },
        # It remembers failures in the folder where it runs.
        cwd=config.parent,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    report = done.stdout[-20_000:] + done.stderr[-5_000:]
    assert done.returncode == 0, report
    # A run that tested nothing would be green as well.
    assert "generated" in done.stdout, report
