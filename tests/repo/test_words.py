"""What must not stand in the project: this machine, package hosts, unfinished work.

The words are put together here, so that this file may hold its own list.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pytest
from project import PROJECT, ROOT, Project, agree, sample

MARKS = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
#: The public package registries; a mirror's host comes from this machine's settings.
PUBLIC_HOSTS = (
    "py" + "pi.org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
    "deb.deb" + "ian.org",
)
SETTINGS = (
    ("pip", "config", "list"),
    ("npm", "config", "get", "registry"),
    ("apt-get", "indextargets", "--format", "$(REPO_URI)"),
)
HOST = re.compile(r"https?://(?:[^@/\s]*@)?([^/:\s'\"]+\.[^/:\s'\"]+)")
HOME = re.compile(r"(?<![\w.-])/(?:home|Users)/[a-z][\w-]*/")
#: Folders that every machine has betray nothing.
COMMON = re.compile(r"/(app|build|home|opt|root|src|srv|tmp|usr|var)?")


def machine_paths(root: Path) -> list[str]:
    """Return the folders of this machine that would betray where we work."""
    paths = {str(root), str(root.parent), str(Path.home())}
    return sorted(path for path in paths if not COMMON.fullmatch(path))


def registry_hosts() -> set[str]:
    """Return the hosts that this machine installs packages from."""
    texts = [
        value
        for name, value in os.environ.items()
        if name.lower().startswith(("pip_", "npm_", "uv_"))
    ]
    texts += _settings()
    hosts = {host for text in texts for host in HOST.findall(text)}
    return hosts | set(PUBLIC_HOSTS)


@lru_cache(maxsize=1)
def _settings() -> tuple[str, ...]:
    """Return what the package managers say about themselves."""
    texts = []
    for command in SETTINGS:
        try:
            found = subprocess.run(
                command, capture_output=True, text=True, timeout=20, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            continue  # A tool that is not here names no host.
        texts.append(found.stdout)
    return tuple(texts)


def check_words(
    project: Project, paths: Iterable[str], hosts: Iterable[str]
) -> list[str]:
    """Return lines with a machine's path, a registry's host or an unfinished mark."""
    rules = [
        (re.compile(rf"(?<![\w./-]){re.escape(path)}(?=[/\s'\"`:)]|$)"), "a path of")
        for path in paths
    ]
    rules.append((HOME, "a home folder of"))
    rules += [
        (re.compile(rf"(?<![\w-]){re.escape(h)}(?![\w-])", re.I), "a package host of")
        for h in hosts
    ]
    rules.append((re.compile(rf"\b(?:{'|'.join(MARKS)})\b"), "unfinished work of"))
    findings = []
    for path in project.files:
        text = _text(path)
        for pattern, what in rules:
            match = pattern.search(text)
            if match:
                line = text.count("\n", 0, match.start()) + 1
                findings.append(
                    f"{project.name(path)}:{line}: {what} ours: {match[0]!r}"
                )
    return findings


def _text(path: Path) -> str:
    data = path.read_bytes()
    return "" if b"\0" in data[:1024] else data.decode(errors="replace")


def test_project_does_not_speak_of_this_machine_nor_of_unfinished_work():
    agree(check_words(PROJECT, machine_paths(ROOT), registry_hosts()))


# --- the checks can fail ------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "cd /srv/build/suite\n",
        "see '/srv/build/suite/x.py'",
        "/home/" + "ada/code",
        "index = https://user@mirror.example.net/simple",
        "pip install --index-url https://" + PUBLIC_HOSTS[0] + "/simple",
        "# " + MARKS[0] + ": later",
        "// " + MARKS[1],
    ],
)
def test_betraying_word_is_found(tmp_path, text):
    project = sample(tmp_path, {"a.md": text})
    hosts = {"mirror.example.net", *PUBLIC_HOSTS}
    assert len(check_words(project, ["/srv/build/suite"], hosts)) == 1


@pytest.mark.parametrize(
    "text", ["static/srv/build/suite", "mastodon", "http://localhost:8069/web"]
)
def test_innocent_word_is_not_found(tmp_path, text):
    project = sample(tmp_path, {"a.md": text})
    assert check_words(project, ["/srv/build/suite"], PUBLIC_HOSTS) == []


def test_hosts_come_from_this_machine(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://who:what@mirror.example.net/simple")
    assert "mirror.example.net" in registry_hosts()
