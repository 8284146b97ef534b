"""A real Prometheus server reads the hub's metrics, and our example rules are valid.

Needs Debian's package ``prometheus`` (with `promtool`), installed or unpacked into a
folder that ``RETAIL_PROMETHEUS`` names; left out, loudly, without it.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from runtime import paths

from ..shop.processes import wait_until
from .conftest import TILLS, Receipts
from .hub import Hub

OPERATIONS = paths.ROOT / "docs" / "operations.md"
SCRAPE_S = 60.0
TIMEOUT_S = 10.0
LOCAL = requests.Session()
# A machine's HTTP proxy has no business with its loopback interface.
LOCAL.trust_env = False


def tool(name: str) -> str:
    folder = os.environ.get("RETAIL_PROMETHEUS")
    search = str(Path(folder, "usr/bin")) if folder else None
    found = shutil.which(name, path=search)
    if not found:
        pytest.skip(f"{name} is not here: install prometheus or set RETAIL_PROMETHEUS")
    return found


def page(hub: Hub) -> bytes:
    answer = LOCAL.get(f"{hub.system.base_url}/retail/metrics", timeout=TIMEOUT_S)
    assert answer.status_code == 200
    return answer.content


@pytest.fixture
def server(hub: Hub, tmp_path: Path) -> Iterator[str]:
    """A Prometheus server that scrapes the hub every second; its address."""
    program = tool("prometheus")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    target = hub.system.base_url.removeprefix("http://")
    config = tmp_path / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        "scrape_configs:\n"
        "  - job_name: retail\n"
        "    metrics_path: /retail/metrics\n"
        f"    static_configs: [{{targets: ['{target}']}}]\n",
        "utf-8",
    )
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={config}",
                f"--storage.tsdb.path={tmp_path / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def ask(server: str, expression: str) -> list[dict]:
    try:
        answer = LOCAL.get(
            f"{server}/api/v1/query", params={"query": expression}, timeout=TIMEOUT_S
        )
    except requests.ConnectionError:
        return []  # not up yet
    return answer.json()["data"]["result"] if answer.ok else []


def test_promtool_finds_nothing_wrong_with_the_page(hub: Hub):
    checked = subprocess.run(
        [tool("promtool"), "check", "metrics"],
        input=page(hub),
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr.decode()


def test_example_rules_of_the_documentation_are_valid(tmp_path: Path):
    blocks = re.findall(r"```yaml\n(.*?)```", OPERATIONS.read_text("utf-8"), re.S)
    [rules] = [block for block in blocks if "groups:" in block]
    file = tmp_path / "retail-rules.yml"
    file.write_text(rules, "utf-8")
    checked = subprocess.run(
        [tool("promtool"), "check", "rules", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_server_scrapes_business_and_technique(
    hub: Hub, server: str, receipts: Receipts
):
    def sold() -> float:
        rows = ask(server, "sum(retail_sales_total)")
        return float(rows[0]["value"][1]) if rows else -1.0

    wait_until(
        lambda: ask(server, "up{job='retail'} == 1") and sold() >= 0,
        "Prometheus scrapes",
        SCRAPE_S,
    )
    before = sold()
    for message in receipts(5, stores=["S20"]):
        assert hub.post(TILLS, message).status == 202
    hub.wait_settled(SCRAPE_S)
    wait_until(lambda: sold() == before + 5, "sales are scraped", SCRAPE_S)
    # The thread of each worker writes what it counted every five seconds.
    buckets = "sum(retail_http_request_duration_seconds_count{route=~'.*/events'})"
    wait_until(
        lambda: [row for row in ask(server, buckets) if float(row["value"][1]) >= 5],
        "requests are scraped",
        SCRAPE_S,
    )
