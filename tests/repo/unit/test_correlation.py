"""Correlation ids: bound to the work, in every log line, never a way to forge one."""

from __future__ import annotations

import io
import logging
import threading

import pytest

from retail_integration_base.tools import correlation

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def log():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(correlation.CorrelationFilter())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.stream = stream
    return logger


def test_ids_are_bound_for_the_block_only():
    assert correlation.current() is None
    with correlation.bind("c-1", TRACE) as outer:
        assert outer == correlation.current() == "c-1"
        assert correlation.current_traceparent() == TRACE
        with correlation.bind("c-2"):
            assert correlation.current() == "c-2"
            assert correlation.current_traceparent() is None
        assert correlation.current() == "c-1"
    assert correlation.current() is None


def test_ids_are_unbound_after_an_error():
    with pytest.raises(KeyError), correlation.bind("c-1"):
        raise KeyError
    assert correlation.current() is None


@pytest.mark.parametrize("forged", [None, "", "a b", "a\nINFO", "é", "x" * 129, "%s"])
def test_an_unsound_id_is_replaced(forged):
    with correlation.bind(forged, "junk") as bound:
        assert bound != forged
        assert correlation.sound_id(bound) == bound
        assert correlation.current_traceparent() is None


def test_threads_have_ids_of_their_own():
    seen = []
    with correlation.bind("c-1"):
        thread = threading.Thread(target=lambda: seen.append(correlation.current()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_log_lines_end_with_the_id(log):
    with correlation.bind("c-1"):
        log.info("stored %s of %d", "event", 3)
    log.info("outside")
    assert log.stream.getvalue() == "stored event of 3 corr=c-1\noutside\n"


def test_a_record_is_marked_once_by_many_filters(log):
    log.addFilter(correlation.CorrelationFilter())
    log.handlers[0].addFilter(correlation.CorrelationFilter())
    with correlation.bind("c-1"):
        log.info("stored")
    assert log.stream.getvalue() == "stored corr=c-1\n"


class Unprintable:
    """An object that breaks when it is turned into text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("msg", "args"),
    [
        ("100 %", ()),
        ("%(a)s", ({"a": 1},)),
        (ValueError("boom"), ()),
        (None, ()),
        (Unprintable(), ()),
        ({"a": 1}, (1,)),
    ],
)
def test_the_filter_keeps_every_record_and_never_raises(msg, args):
    record = logging.LogRecord("n", logging.INFO, "p", 1, msg, args, None)
    with correlation.bind("c-1"):
        assert correlation.CorrelationFilter().filter(record) is True


def test_objects_are_logged_with_the_id(log):
    with correlation.bind("c-1"):
        log.info(ValueError("boom"))
        log.info("%(a)s", {"a": 1})
        log.info("100 %")
    assert log.stream.getvalue() == ("boom corr=c-1\n1 corr=c-1\n100 % corr=c-1\n")


def test_traceparents_are_read():
    parsed = correlation.parse_traceparent(TRACE)
    assert parsed.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert parsed.span_id == "00f067aa0ba902b7"
    assert correlation.parse_traceparent("01" + TRACE[2:] + "-more") is not None


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "junk", TRACE.upper(), TRACE + "-more", "ff" + TRACE[2:]),
        *(TRACE + "\n", f"00-{'0' * 32}-00f067aa0ba902b7-01"),
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
    ],
)
def test_invalid_traceparents_are_dropped(text):
    assert correlation.parse_traceparent(text) is None


def test_an_outgoing_call_stays_in_the_trace():
    following = correlation.parse_traceparent(correlation.next_traceparent(TRACE))
    assert following.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert following.span_id != "00f067aa0ba902b7"
    fresh = correlation.next_traceparent()
    assert correlation.parse_traceparent(fresh) is not None
    assert fresh != correlation.next_traceparent("junk")
