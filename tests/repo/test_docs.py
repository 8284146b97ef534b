"""The documents hold together: links, anchors, pictures, glossary, decisions.

Links are checked without the network: relative files and their headings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from odoo_models import model_classes
from project import PROJECT, Project, agree, sample

GLOSSARY = "docs/glossary.md"
DECISIONS = "docs/decisions"
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
SOURCE = re.compile(r"<(?:img|a)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6} +(.+?)\s*#*$", re.M)
ANCHOR = re.compile(r"<a (?:id|name)=\"([^\"]+)\"")
REQUIRED_DECISION_PARTS = ("Status", "Context", "Decision", "Consequences")


def anchors_of(text: str) -> set[str]:
    """Return the anchors of a Markdown text as code hosts make them."""
    found = set(ANCHOR.findall(text))
    seen: Counter[str] = Counter()
    for heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def links_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and target of each link and picture outside of code."""
    without_code = FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    without_code = re.sub(r"`[^`\n]*`", lambda m: " " * len(m[0]), without_code)
    for pattern in (LINK, SOURCE):
        for match in pattern.finditer(without_code):
            yield without_code.count("\n", 0, match.start()) + 1, match[1]


def check_links(project: Project) -> list[str]:
    """Return links to files or headings that do not exist."""
    findings = []
    for path in project.files:
        if path.suffix == ".md":
            for line, target in links_of(path.read_text("utf-8")):
                reason = _broken(project, path, target)
                if reason:
                    findings.append(f"{project.name(path)}:{line}: {target} {reason}")
    return findings


def _broken(project: Project, path: Path, target: str) -> str | None:
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None  # Another host: not ours to check without the network.
    file_name, _hash, anchor = unquote(target).partition("#")
    aim = (path.parent / file_name).resolve() if file_name else path
    root = project.root.resolve()
    if aim != root and root not in aim.resolve().parents:
        return "leads out of the project"
    if not aim.exists():
        return "does not exist"
    if (
        anchor
        and aim.suffix == ".md"
        and anchor not in anchors_of(aim.read_text("utf-8"))
    ):
        return "has no such heading"
    return None


def check_glossary(project: Project) -> list[str]:
    """Return models that the glossary does not explain."""
    path = project.root / GLOSSARY
    if not path.exists():
        return []
    text = path.read_text("utf-8")
    models = {
        cls.model
        for module in project.modules
        for cls in model_classes(project, module)
        if cls.creates
    }
    named = set(re.findall(r"`(retail\.[a-z_.]+)`", text))
    findings = [f"{GLOSSARY}: {model} is missing" for model in sorted(models - named)]
    topics_or_models = {name for name in named if not re.search(r"\.v\d+$", name)}
    findings += [
        f"{GLOSSARY}: {name} is no model of ours"
        for name in sorted(topics_or_models - models)
    ]
    return findings


def check_decisions(project: Project) -> list[str]:
    """Return decisions that share a number, or that lack a part.

    Gaps are fine: a number is reserved before its decision is made.
    """
    findings = []
    files = [
        path
        for path in project.within(project.root / DECISIONS, ".md")
        if path.name != "README.md"
    ]
    numbers: set[str] = set()
    for path in files:
        name = project.name(path)
        number, _, words = path.name.partition("-")
        if not re.fullmatch(r"\d{4}", number) or not words:
            findings.append(f"{name}: expected <four digits>-<words>.md")
        if number in numbers:
            findings.append(f"{name}: {number} is another decision's number")
        numbers.add(number)
        text = path.read_text("utf-8")
        findings += [
            f"{name}: has no {part}"
            for part in REQUIRED_DECISION_PARTS
            if not re.search(rf"^(## |\*\*|- \*\*)?{part}\b", text, re.M | re.I)
        ]
    return findings


def test_links_lead_somewhere():
    agree(check_links(PROJECT))


def test_glossary_explains_every_model():
    agree(check_glossary(PROJECT))


def test_decisions_are_numbered_and_complete():
    agree(check_decisions(PROJECT))


# --- the checks can fail ------------------------------------------------------------


@pytest.mark.parametrize(
    "link",
    [
        "[a](docs/missing.md)",
        "![shot](docs/images/missing.png)",
        "[a](docs/api.md#no-such-heading)",
        "[a](#nowhere)",
        "[a](../../elsewhere.md)",
        '<img src="docs/images/missing.png">',
    ],
)
def test_broken_link_is_found(tmp_path, link):
    project = sample(tmp_path, {"README.md": link, "docs/api.md": "# API\n"})
    assert len(check_links(project)) == 1


def test_good_links_are_not_found(tmp_path):
    text = (
        "# One `thing`, two\n## Twice\n## Twice\n"
        "[a](docs/api.md#errors--codes) [b](#one-thing-two) [c](#twice-1) [d](docs) "
        "[e](https://example.com/x) `[f](nowhere.md)`\n```\n[g](nowhere.md)\n```\n"
    )
    files = {"README.md": text, "docs/api.md": "## Errors & codes\n"}
    assert check_links(sample(tmp_path, files)) == []


def test_glossary_gaps_are_found(tmp_path):
    model = 'class A(models.Model):\n    _name = "retail.lane"\n'
    project = sample(
        tmp_path,
        {
            "retail_x/__manifest__.py": "{}",
            "retail_x/models/lane.py": model,
            GLOSSARY: "`retail.road` is long; `retail.order.placed.v1` is a topic",
        },
    )
    assert len(check_glossary(project)) == 2


def test_badly_kept_decision_is_found(tmp_path):
    good = (
        "# 1. We decide\nStatus: accepted\n## Context\n## Decision\n## Consequences\n"
    )
    files = {f"{DECISIONS}/0001-first.md": good, f"{DECISIONS}/0001-twin.md": good}
    assert len(check_decisions(sample(tmp_path, files))) == 1
    project = sample(tmp_path, {f"{DECISIONS}/0003-third.md": "# 3. Hm\n"})
    assert len(check_decisions(Project(project.root))) == 5
