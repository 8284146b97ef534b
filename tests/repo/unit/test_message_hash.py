"""What the inbox keeps of a message to know it again."""

import pytest

from retail_integration_base.tools.message_hash import MessageHash


@pytest.mark.parametrize(
    "known", [MessageHash("c0"), MessageHash("c0", "1d"), MessageHash("", "1d")]
)
def test_what_is_written_is_read_again(known):
    assert MessageHash.parse(str(known)) == known


def test_only_a_fetched_message_says_nothing_of_its_contents():
    assert MessageHash.parse("1d:").is_fetched()
    assert not MessageHash.parse("1d:c0").is_fetched()
    assert not MessageHash.parse("c0").is_fetched()
