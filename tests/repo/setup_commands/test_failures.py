"""A set-up that cannot go on says why in one sentence, without a traceback."""

import errno
import os
import socket
import subprocess
import sys

import pytest

from runtime import (
    explain,
    failures,
    locks,
    odoo_package,
    odoo_server,
    odoo_source,
    progress,
    python_env,
    report,
    test_plan,
)
from runtime.failures import SetupFailure
from runtime.odoo_log import Counts

HOLD = """
import fcntl, sys, time
handle = open(sys.argv[1], "a+")
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def exit_of(error, capsys):
    def command(_arguments):
        raise error

    status = failures.command_exit(command)
    return status, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (SetupFailure("No Odoo."), 1, "No Odoo."),
        (OSError(errno.ENOSPC, "No space"), 1, "The disk is full"),
        (PermissionError(errno.EACCES, "Permission denied"), 1, "Permission denied"),
        (KeyboardInterrupt(), 130, "Stopped."),
    ],
)
def test_failure_is_one_sentence(error, status, sentence, capsys):
    ended, told = exit_of(error, capsys)
    assert ended == status
    assert sentence in told
    assert len(told.strip().splitlines()) == 1


def test_full_disk_is_told_whatever_program_met_it():
    command = ["sh", "-c", f"echo '{os.strerror(errno.ENOSPC)}'; exit 2"]
    with (
        progress.step("trying") as running,
        pytest.raises(SetupFailure, match="disk is full"),
    ):
        progress.run_quietly(command, running=running, failure="it failed")


def test_failed_program_is_quoted():
    command = ["sh", "-c", "echo 'E: no such package'; echo bye; exit 1"]
    with (
        progress.step("trying") as running,
        pytest.raises(SetupFailure, match=r"^it failed: E: no such package$"),
    ):
        progress.run_quietly(command, running=running, failure="it failed")


def test_wrong_python_is_told_when_there_is_no_other(monkeypatch):
    monkeypatch.setattr(python_env, "VERSIONS", ((2, 0),))
    with pytest.raises(SetupFailure, match="does not run Odoo 19"):
        python_env.enter("nothing", dev=False)


def test_taken_port_is_told():
    with socket.socket() as taken:
        taken.bind((odoo_server.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupFailure, match=f"Port {port} is taken"):
            odoo_server.check_port(port)


def test_machine_without_apt_is_told_how_to_get_odoo(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupFailure, match="set ODOO_SRC"):
        odoo_package.unpack_odoo(tmp_path / "odoo")


def test_folder_without_odoo_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("ODOO_SRC", str(tmp_path))
    with pytest.raises(SetupFailure, match="no Odoo checkout"):
        odoo_source.ensure()


def test_links_are_kept_inside_the_prefix(tmp_path):
    (tmp_path / "usr/share").mkdir(parents=True)
    (tmp_path / "usr/share/font").write_text("font")
    (tmp_path / "usr/font").symlink_to("/usr/share/font")
    odoo_package._keep_links_inside(tmp_path)
    assert os.readlink(tmp_path / "usr/font") == "share/font"


def test_dangling_link_is_refused(tmp_path):
    (tmp_path / "font").symlink_to("nowhere")
    with pytest.raises(SetupFailure, match="font"):
        odoo_package._keep_links_inside(tmp_path)


def test_lock_of_a_killed_process_is_free_again(tmp_path):
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        assert locks.try_lock(path) is None
        holder.kill()
    with locks.try_lock(path) as handle:
        assert handle is not None


def test_unknown_target_lists_what_there_is():
    with pytest.raises(SetupFailure, match="retail_integration_base"):
        test_plan.parse("retail_nothing:Test")


def test_target_of_one_test_is_taken_apart():
    target = test_plan.parse("retail_integration_base:TestX.test_y")
    assert (target.module, target.selection) == (
        "retail_integration_base",
        ":TestX.test_y",
    )


def test_closing_line_stands_alone(capsys):
    results = [
        report.Result("a", Counts(passed=3, skipped=1)),
        report.of_check("b", green=False, duration_s=1.0),
    ]
    assert report.tell(results) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 1 failed"


def test_run_without_any_test_is_not_green():
    assert report.tell([]) == 1


def test_explained_part_ends_at_the_next_code(monkeypatch, tmp_path, capsys):
    runbook = tmp_path / "runbook.md"
    runbook.write_text("# Run\n## RET-1001 One\nfirst\n### Do\nx\n## RET-1002 Two\ny\n")
    monkeypatch.setattr(explain, "RUNBOOK", runbook)
    assert explain.explain(["ret-1001"]) == 0
    assert capsys.readouterr().out == "## RET-1001 One\nfirst\n### Do\nx\n"
    with pytest.raises(SetupFailure, match="RET-9999"):
        explain.explain(["RET-9999"])
