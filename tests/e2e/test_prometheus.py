"""A real Prometheus server reads the hub's metrics, and our example rules are valid.

The server is the one of the machine, or Debian's package, fetched on first use
(``setup/runtime/prometheus.py``); left out, loudly, where there is neither.
"""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from runtime import paths, prometheus
from runtime.failures import SetupFailure

from ..shop.processes import wait_until
from .conftest import TILLS, Receipts
from .hub import Hub
from .test_database_down import locked_out

OPERATIONS = paths.ROOT / "docs" / "operations.md"
SCRAPE_S = 60.0
TIMEOUT_S = 10.0
LOCAL = requests.Session()
# A machine's HTTP proxy has no business with its loopback interface.
LOCAL.trust_env = False


def tool(name: str) -> str:
    try:
        return prometheus.ensure(name)
    except SetupFailure as missing:
        pytest.skip(str(missing))


def example_rules(folder: Path) -> Path:
    """Write the rules of the documentation to a file."""
    blocks = re.findall(r"```yaml\n(.*?)```", OPERATIONS.read_text("utf-8"), re.S)
    [rules] = [block for block in blocks if "groups:" in block]
    file = folder / "retail-rules.yml"
    file.write_text(rules, "utf-8")
    return file


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
        "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
        f"rule_files: ['{example_rules(tmp_path)}']\n"
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
    return told(server, "query", query=expression).get("result", [])


def told(server: str, what: str, **parameters: str) -> dict:
    try:
        answer = LOCAL.get(
            f"{server}/api/v1/{what}", params=parameters, timeout=TIMEOUT_S
        )
    except requests.ConnectionError:
        return {}  # not up yet
    return answer.json()["data"] if answer.ok else {}


def rules_of(server: str) -> dict[str, dict]:
    groups = told(server, "rules").get("groups", [])
    return {rule["name"]: rule for group in groups for rule in group["rules"]}


def test_promtool_finds_nothing_wrong_with_the_page(hub: Hub):
    checked = subprocess.run(
        [tool("promtool"), "check", "metrics"],
        input=page(hub),
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr.decode()


def test_example_rules_of_the_documentation_are_valid(tmp_path: Path):
    file = example_rules(tmp_path)
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
    for message in receipts(5, stores=["S06"]):
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
    [slowest] = ask(server, "max_over_time(scrape_duration_seconds[1m])")
    [samples] = ask(server, "scrape_samples_scraped")
    print("slowest scrape", slowest["value"], "samples", samples["value"])
    assert float(slowest["value"][1]) < 1
    assert float(samples["value"][1]) > 20


def test_example_rules_are_evaluated_and_notice_that_the_database_is_away(
    hub: Hub, server: str
):
    def states() -> dict[str, str]:
        return {name: rule["state"] for name, rule in rules_of(server).items()}

    wait_until(lambda: ask(server, "up == 1"), "Prometheus scrapes", SCRAPE_S)
    wait_until(
        lambda: {rule["health"] for rule in rules_of(server).values()} == {"ok"},
        "every rule is evaluated",
        SCRAPE_S,
    )
    assert states()["RetailHubSilent"] == "inactive"
    with locked_out(hub):
        wait_until(
            lambda: states()["RetailHubSilent"] == "pending",
            "the silence is noticed",
            SCRAPE_S,
        )
    wait_until(
        lambda: states()["RetailHubSilent"] == "inactive",
        "the hub is heard again",
        SCRAPE_S,
    )
