"""Work that gives way comes back, and does not begin where it could not."""

import os
import subprocess
import sys
import threading

import pytest

from retail_integration_base.tools import politeness

#: Prints whether one who may not raise priorities tries to, and with which it ends.
UNPRIVILEGED = """
import os, sys
sys.path.insert(0, sys.argv[1])
import politeness
os.setuid(65534)
with politeness.giving_way():
    print(os.getpriority(os.PRIO_PROCESS, 0))
print(os.getpriority(os.PRIO_PROCESS, 0))
"""


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(not politeness.can_return(), reason="not allowed here")
def test_work_gives_way_and_comes_back_even_if_it_fails():
    usual = niceness()
    others = []
    with pytest.raises(ValueError, match="on purpose"), politeness.giving_way():
        assert niceness() == max(usual, politeness.NICENESS)
        beside = threading.Thread(target=lambda: others.append(niceness()))
        raise ValueError("on purpose")
    assert niceness() == usual
    beside.start()
    beside.join()
    assert others == [usual]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_who_could_not_come_back_stays_as_it_is():
    folder = os.path.dirname(politeness.__file__)
    done = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED, folder],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(niceness())] * 2
