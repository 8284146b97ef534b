"""The table of requirements is whole: each number has one place, and one only."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from project import PROJECT, Project, agree, sample

REQUIREMENTS = "docs/requirements.md"
NUMBERS = range(1, 188)
ROW = re.compile(r"^\|(?! *-)(.*)\|\s*$", re.M)
CITED = re.compile(r"R(\d+)(?:–R(\d+))?")


def numbers_of(cell: str) -> list[int]:
    """Return the numbers that a cell names: ``R1``, ``R1–R10``, ``R102, R171``."""
    found: list[int] = []
    for first, last in CITED.findall(cell):
        found += range(int(first), int(last or first) + 1)
    return found


def check_requirements(project: Project) -> list[str]:
    """Return numbers that stand nowhere, twice, or that do not exist."""
    path = project.root / REQUIREMENTS
    if not path.exists():
        return []
    built, _heading, open_ = path.read_text("utf-8").partition("## Not built yet")
    # The number is a row's first cell, but the last one of what is not built.
    cells = [row.split("|")[0] for row in ROW.findall(built)]
    cells += [row.split("|")[-1] for row in ROW.findall(open_)]
    places = Counter(number for cell in cells for number in numbers_of(cell))
    findings = [
        f"{REQUIREMENTS}: R{number} stands {places[number]} times"
        for number in NUMBERS
        if places[number] != 1
    ]
    return findings + [
        f"{REQUIREMENTS}: there is no R{number}"
        for number in sorted(places)
        if number not in NUMBERS
    ]


def test_each_requirement_has_one_place():
    agree(check_requirements(PROJECT))


# --- the check can fail -------------------------------------------------------------

HEAD = "| no. | what |\n|---|---|\n"
WHOLE = f"{HEAD}| R1, R3 | x |\n## Not built yet\n{HEAD}| y | R2, R4–R187 |\n"


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("R4–R187", "R5–R187", "R4 stands 0 times"),
        ("| R1, R3 |", "| R1, R3, R2 |", "R2 stands 2 times"),
        ("R4–R187", "R4–R188", "there is no R188"),
    ],
)
def test_missing_doubled_and_unknown_numbers_are_found(tmp_path, old, new, finding):
    assert check_requirements(sample(tmp_path, {REQUIREMENTS: WHOLE})) == []
    project = sample(tmp_path, {REQUIREMENTS: WHOLE.replace(old, new)})
    assert [found.split(": ")[1] for found in check_requirements(project)] == [finding]
