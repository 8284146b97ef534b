"""The embedded PostgreSQL copes with what a power cut leaves in its folder."""

import subprocess
import sys

import pytest

from runtime.postgres import Cluster


@pytest.fixture
def cluster(tmp_path):
    found = Cluster(tmp_path, durable=False)
    found.data.mkdir()
    return found


def _ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_lock_of_a_process_that_is_gone_is_no_running_server(cluster):
    (cluster.data / "postmaster.pid").write_text(f"{_ended_process()}\n", "utf-8")

    assert cluster.running_pid() is None


def test_a_lock_of_another_program_is_no_running_server(cluster):
    (cluster.data / "postmaster.pid").write_text("1\n", "utf-8")

    assert cluster.running_pid() is None


def test_an_empty_lock_is_no_running_server(cluster):
    (cluster.data / "postmaster.pid").touch()

    assert cluster.running_pid() is None


def test_stopping_what_does_not_run_is_no_error(cluster):
    (cluster.data / "postmaster.pid").write_text(f"{_ended_process()}\n", "utf-8")

    cluster.stop()
