"""Every error code has its heading in the runbook, and no heading is left over.

The heading is ``## RET-1104 Payload invalid``, the title that callers see too.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from project import PROJECT, ROOT, Project, agree, sample

RUNBOOK = "docs/runbook.md"
HEADING = re.compile(r"^## (RET-\d{4})(?: +(.+?))?\s*$", re.M)
CODE = re.compile(r"\bRET-\d{4}\b")


def known_codes() -> dict[str, str]:
    """Return code -> title of every error class of the suite."""
    for path in sorted(ROOT.glob("*/tools/error*.py")):
        importlib.import_module(f"{path.parts[-3]}.tools.{path.stem}")
    from retail_integration_base.tools.error_base import ALL_CODES

    return {code: cls.title for code, cls in ALL_CODES.items()}


def check_runbook(path: Path, titles: Mapping[str, str]) -> list[str]:
    """Return codes without a section, sections without a code, and empty sections."""
    if not path.exists():
        return []
    text = path.read_text("utf-8")
    headings = list(HEADING.finditer(text))
    codes = [match[1] for match in headings]
    findings = [
        f"{code} ({title}): has no heading in {RUNBOOK}"
        for code, title in sorted(titles.items())
        if code not in codes
    ]
    for match in headings:
        code, title = match[1], match[2] or ""
        following = re.search(r"^## ", text[match.end() :], re.M)
        end = match.end() + following.start() if following else len(text)
        if code not in titles:
            findings.append(f"{RUNBOOK}: {code} is no error class's code any more")
        elif title != titles[code]:
            findings.append(
                f"{RUNBOOK}: {code} is called {titles[code]!r}, not {title!r}"
            )
        if codes.count(code) > 1:
            findings.append(f"{RUNBOOK}: {code} has two headings")
        if len(text[match.end() : end].split()) < 15:
            findings.append(f"{RUNBOOK}: {code} does not say what to do")
    return findings


def check_mentions(project: Project, codes: Mapping[str, str]) -> list[str]:
    """Return codes that the documents and messages name but no class has."""
    findings = []
    for path in project.files:
        inside_tests = "tests" in path.relative_to(project.root).parts
        if path.suffix in (".md", ".py", ".xml", ".po") and not inside_tests:
            for code in sorted(set(CODE.findall(path.read_text("utf-8")))):
                if code not in codes:
                    findings.append(f"{project.name(path)}: {code} does not exist")
    return findings


def test_runbook_and_error_classes_name_the_same_codes():
    agree(check_runbook(ROOT / RUNBOOK, known_codes()))


def test_named_codes_exist():
    agree(check_mentions(PROJECT, known_codes()))


# --- the checks can fail ------------------------------------------------------------

ADVICE = "\nWhat it means, how you see it, and what you do about it: " + "do it. " * 9
TITLES = {"RET-1104": "Payload invalid"}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("# Runbook\n", "has no heading"),
        (f"## RET-1104 Payload wrong\n{ADVICE}", "is called"),
        ("## RET-1104 Payload invalid\n\nHm.\n", "does not say"),
        (f"## RET-1104 Payload invalid\n{ADVICE}\n## RET-9999 Old\n{ADVICE}", "any"),
    ],
)
def test_disagreement_is_found(tmp_path, text, finding):
    project = sample(tmp_path, {RUNBOOK: text})
    findings = check_runbook(project.root / RUNBOOK, TITLES)
    assert len(findings) == 1
    assert finding in findings[0]


def test_agreement_is_not_found(tmp_path):
    text = f"# Runbook\n## RET-1104 Payload invalid\n{ADVICE}\n## Other things\n"
    project = sample(tmp_path, {RUNBOOK: text, "a.py": "# RET-1104"})
    assert check_runbook(project.root / RUNBOOK, TITLES) == []
    assert check_mentions(project, TITLES) == []


def test_invented_code_is_found(tmp_path):
    project = sample(tmp_path, {"docs/api.md": "RET-9999"})
    assert len(check_mentions(project, TITLES)) == 1
