"""What an answer says about a command."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_integration_base.schemas import registry
from retail_integration_base.tools.command_result import (
    REASON_CHARS_MAX,
    CommandResult,
    result_of_answer,
)
from retail_integration_base.tools.errors import PayloadInvalid


@pytest.mark.parametrize(
    ("body", "result"),
    [
        (b'{"result": "acknowledged"}', CommandResult("acknowledged")),
        (b'{"result": "refused", "reason": "no"}', CommandResult("refused", "no")),
        (b'{"result": "refused", "reason": 7}', CommandResult("refused")),
        (b'{"result": "applied"}', None),
        (b'{"result": ["refused"]}', None),
        (b"[]", None),
        (b"", None),
        (b"<html>", None),
    ],
)
def test_only_clear_words_count(body, result):
    assert result_of_answer(body) == result


def test_long_reasons_are_cut():
    body = b'{"result": "refused", "reason": "%s"}' % (b"x" * 9999)
    assert len(result_of_answer(body).reason) == REASON_CHARS_MAX


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body):
    assert result_of_answer(body) is None or body


def test_the_message_needs_a_command_and_a_decision():
    topic = "retail.command.result.v1"
    document = registry.validate(topic, {"command_id": "c-1", "result": "refused"})
    assert document.partition_key() == "command:c-1"
    for wrong in ({"command_id": "c-1", "result": "maybe"}, {"result": "refused"}):
        with pytest.raises(PayloadInvalid):
            registry.validate(topic, wrong)
