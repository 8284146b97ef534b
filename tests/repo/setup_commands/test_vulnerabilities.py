"""An audit that nobody can answer is left out, never green."""

import pytest

from runtime import vulnerabilities

FOUND = "jinja2 2.4.1   PYSEC-2019-217 2.10.1"
SKIPPED = "No known vulnerabilities found\njinja2 could not be audited: not found"


def test_service_that_knows_the_faulty_release_is_asked():
    assert vulnerabilities.reason_in(FOUND) is None


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (SKIPPED, "knows of no advisories"),
        ("ConnectionError: Name or service not known", "no advisory service"),
        ("", "no advisory service"),
    ],
)
def test_green_that_means_nothing_is_told_apart(output, reason):
    assert reason in vulnerabilities.reason_in(output)
