"""Work done a moment later, once for all who asked."""

import os
import threading

import pytest

from retail_integration_base.tools.afterwards import Afterwards

SOON_S = 0.02
TIMEOUT_S = 10.0


class Worker:
    """Remembers what it was given, and by which thread."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[int]]] = []
        self.threads: list[str] = []
        self.called = threading.Event()
        self.fails = False

    def __call__(self, key: str, ids: list[int]) -> None:
        self.calls.append((key, ids))
        self.threads.append(threading.current_thread().name)
        self.called.set()
        if self.fails:
            raise ValueError("on purpose")

    def wait(self) -> None:
        assert self.called.wait(TIMEOUT_S)
        self.called.clear()


def test_what_comes_within_the_delay_is_worked_once():
    worker = Worker()
    afterwards = Afterwards(worker, SOON_S)
    afterwards.add("db", 1, 2)
    afterwards.add("db", 2, 3)
    worker.wait()
    assert worker.calls == [("db", [1, 2, 2, 3])]
    assert worker.threads == ["retail-afterwards"]


def test_keys_are_worked_apart():
    worker = Worker()
    afterwards = Afterwards(worker, SOON_S)
    afterwards.add("one", 1)
    afterwards.add("two", 1)
    afterwards.flush()
    assert sorted(worker.calls) == [("one", [1]), ("two", [1])]


def test_later_work_is_worked_too():
    worker = Worker()
    afterwards = Afterwards(worker, SOON_S)
    for number in (1, 2):
        afterwards.add("db", number)
        worker.wait()
    assert worker.calls == [("db", [1]), ("db", [2])]


def test_busy_thread_rests_and_then_works_all_that_came_meanwhile():
    worker = Worker()
    afterwards = Afterwards(worker, SOON_S, rest_s=0.5)
    afterwards.add("db", 1)
    worker.wait()
    afterwards.add("db", 2)
    assert not worker.called.wait(0.2)
    afterwards.add("db", 3)
    worker.wait()
    assert worker.calls == [("db", [1]), ("db", [2, 3])]


def test_flush_leaves_nothing_for_the_thread():
    worker = Worker()
    afterwards = Afterwards(worker, SOON_S)
    afterwards.add("db", 1)
    afterwards.flush()
    afterwards.flush()
    assert worker.calls == [("db", [1])]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_work_that_failed_does_not_stop_what_comes_later():
    worker = Worker()
    worker.fails = True
    afterwards = Afterwards(worker, SOON_S)
    afterwards.add("db", 1)
    worker.wait()
    afterwards._thread.join(TIMEOUT_S)
    worker.fails = False
    afterwards.add("db", 2)
    worker.wait()
    assert worker.calls == [("db", [1]), ("db", [2])]


def test_forked_process_has_a_thread_of_its_own_and_not_its_parents_work():
    worker = Worker()
    afterwards = Afterwards(worker, TIMEOUT_S)
    afterwards.add("db", 1)
    child = os.fork()
    if not child:
        afterwards.add("db", 2)
        alive = afterwards._thread.is_alive()
        afterwards.flush()
        os._exit(0 if alive and worker.calls == [("db", [2])] else 1)
    _pid, status = os.waitpid(child, 0)
    assert status == 0
    afterwards.flush()
    assert worker.calls == [("db", [1])]
