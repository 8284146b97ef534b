"""Files as such: none is a blob, none escapes the hooks, pins agree with each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from project import PROJECT, ROOT, Project, agree, sample

BYTES_MAX = 500 * 1000
#: Screenshots may be large; catalogues grow with the screens, line by line.
GROWING = re.compile(r"docs/images/.*|\w+/i18n/\w+\.pot?")
HOOKS = ".pre-commit-config.yaml"
#: Generated, a licence, or somebody else's code: the only files without hooks.
UNHOOKED = re.compile(
    r"LICENSE|setup/requirements[\w-]*\.txt|.*\.svg|.*/static/(src/)?lib/.*"
)


def check_sizes(project: Project) -> list[str]:
    """Return files that are too big for a repository."""
    return [
        f"{project.name(path)}: {path.stat().st_size // 1000} kB, at most 500; "
        "keep data out of the repository, shrink pictures"
        for path in project.files
        if path.stat().st_size > BYTES_MAX and not GROWING.fullmatch(project.name(path))
    ]


def check_hooked(project: Project) -> list[str]:
    """Return files that the hooks' ``exclude`` lets escape."""
    config = (project.root / HOOKS).read_text("utf-8")
    block = re.search(r"^exclude: \|\n((?:  .*\n)+)", config, re.M)
    assert block, f"{HOOKS}: exclude is not the block this check can read"
    exclude = re.compile(re.sub(r"^  ", "", block[1], flags=re.M).strip())
    return [
        f"{project.name(path)}: escapes the hooks"
        for path in project.files
        if exclude.search(project.name(path))
        and not UNHOOKED.fullmatch(project.name(path))
    ]


def check_pins(project: Project) -> list[str]:
    """Return tools whose version differs between hooks and development environment."""
    hooks = (project.root / HOOKS).read_text("utf-8")
    pins = dict(re.findall(r'"([a-z-]+)==([\d.]+)"', hooks))
    findings = [
        f"{HOOKS}: {name} is not pinned"
        for name in re.findall(r'additional_dependencies:.*?"([a-z-]+)"', hooks)
    ]
    if re.search(r"repo: (?!local\b)", hooks):
        findings.append(f"{HOOKS}: only local hooks; others need a git host")
    path = project.root / "setup" / "requirements-dev.txt"
    text = path.read_text("utf-8") if path.exists() else ""
    for name, version in re.findall(r"^([a-z0-9-]+)==([\w.]+)", text, re.M):
        if pins.get(name, version) != version:
            findings.append(
                f"{path.name}: {name} is {version}, but {pins[name]} in {HOOKS}"
            )
    return findings


def test_no_file_is_a_blob():
    agree(check_sizes(PROJECT))


def test_no_file_escapes_the_hooks():
    agree(check_hooked(PROJECT))


def test_tools_are_pinned_alike_everywhere():
    agree(check_pins(PROJECT))


# --- the checks can fail ------------------------------------------------------------


def test_blob_is_found(tmp_path: Path):
    names = ("data.json", "docs/images/a.png", "retail_x/i18n/fr.po")
    project = sample(tmp_path, dict.fromkeys(names, "x" * 500_001))
    assert [finding.split(":")[0] for finding in check_sizes(project)] == ["data.json"]


@pytest.mark.parametrize(("name", "count"), [("setup/demo", 1), ("a.svg", 0)])
def test_escaping_file_is_found(tmp_path: Path, name, count):
    config = "exclude: |\n  (?x)\n  ^setup/|\n  \\.svg$\nrepos:\n"
    project = sample(tmp_path, {HOOKS: config, name: ""})
    assert len(check_hooked(project)) == count


@pytest.mark.parametrize(
    "hooks",
    [
        'additional_dependencies: &ruff ["ruff==0.17.4"]',
        'additional_dependencies: ["ruff"]',
        "repo: https://example.com/hooks",
    ],
)
def test_disagreeing_pin_is_found(tmp_path: Path, hooks):
    files = {HOOKS: hooks, "setup/requirements-dev.txt": "ruff==0.17.5 \\\n"}
    assert len(check_pins(sample(tmp_path, files))) == 1


def test_project_is_where_we_think():
    assert (ROOT / HOOKS).exists()
