"""A service that ends is started again, until it is told to stop."""

import os
import signal
import subprocess
import sys
import time

import pytest

from runtime import supervisor

CHILD = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
PATIENCE_S = 10.0


def spawn(code="import time; time.sleep(60)"):
    return subprocess.Popen([sys.executable, "-c", code], start_new_session=True)


def wait_until(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def keep(monkeypatch):
    """Return a function that keeps a service alive and stops it after the test."""
    monkeypatch.setattr(supervisor, "BACKOFF_S", 0.01)
    keepers = []

    def start(spawn_it, **options):
        service = supervisor.Service("it", spawn_it, signal.SIGTERM, **options)
        keepers.append(supervisor.Keeper(service, lambda _message: None))
        keepers[-1].start()
        return keepers[-1]

    yield start
    for keeper in keepers:
        keeper.stop()


def group_is_alive(leader):
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def test_killed_service_comes_back(keep):
    keeper = keep(spawn)
    wait_until(lambda: keeper.starts == 1)
    first = keeper.process
    first.kill()
    wait_until(lambda: keeper.starts == 2 and keeper.process is not first)
    assert keeper.process.poll() is None


def test_children_of_a_killed_service_end_with_it(keep):
    keeper = keep(lambda: spawn(CHILD))
    wait_until(lambda: keeper.process is not None)
    leader = keeper.process.pid
    keeper.process.kill()
    wait_until(lambda: not group_is_alive(leader))


def test_service_that_cannot_live_is_tried_less_and_less_often(keep):
    keeper = keep(lambda: spawn("raise SystemExit(3)"))
    wait_until(lambda: keeper.failures >= 3)


def test_service_waits_for_what_it_needs(keep):
    keeper = keep(spawn, can_start=lambda: False)
    time.sleep(0.3)
    assert keeper.starts == 0


def test_stopped_service_stays_stopped(keep):
    keeper = keep(spawn)
    wait_until(lambda: keeper.starts == 1)
    keeper.stop()
    assert keeper.process.poll() == -signal.SIGTERM
    assert keeper.starts == 1
