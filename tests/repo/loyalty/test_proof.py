"""docs/loyalty-proof.md: each row has a test, and the test says the row's number."""

import re
from pathlib import Path

import pytest
from project import ROOT

ROW = re.compile(r"^\| ([PC])(\d+) \| .* \| (.*) \|$", re.M)
TEST = re.compile(r"^`(test_\w+\.py)`: `(test_\w+)`$")
FOLDERS = ("retail_loyalty_connector/tests", "tests/repo/loyalty", "tests/e2e")
EXPECTED = [f"P{n}" for n in range(1, 13)] + [f"C{n}" for n in range(1, 28)]
WORDS = {"P": "probe", "C": "complaint"}
ROWS = ROW.findall((ROOT / "docs" / "loyalty-proof.md").read_text("utf-8"))


def test_every_number_has_a_row():
    assert [kind + number for kind, number, _test in ROWS] == EXPECTED


@pytest.mark.parametrize(("kind", "number", "told"), ROWS)
def test_test_of_a_row_exists_and_says_its_number(kind: str, number: str, told: str):
    if told.startswith("with "):
        return
    match = TEST.match(told)
    assert match, f"{kind}{number}: name the test as `file`: `function`, not {told}"
    source = _function(*match.groups())
    said = rf"\b{kind}{number}\b|_{kind.lower()}{number}_|_{WORDS[kind]}_{number}_"
    assert re.search(said, source), f"{match[2]} does not say {kind}{number}"


def _function(file: str, name: str) -> str:
    """Return the head and the docstring of a test function."""
    for folder in FOLDERS:
        path = Path(ROOT, folder, file)
        text = path.read_text("utf-8") if path.exists() else ""
        if found := re.search(rf"def {name}\(.*?\n(\s+\"\"\".*?\"\"\")?", text, re.S):
            return found[0]
    raise AssertionError(f"there is no {name} in {file}")
