"""Debian packages, unpacked into a private prefix without root.

apt downloads and verifies with lists, cache and sources of its own; the machine's
apt configuration only tells the mirror (and a proxy). Called by odoo_package and
prometheus.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .failures import SetupFailure
from .progress import Step, run_quietly, step

KEYRINGS = tuple(
    Path("/usr/share/keyrings") / f"debian-archive-keyring.{suffix}"
    for suffix in ("gpg", "pgp")
)


@dataclass(frozen=True)
class Wanted:
    """What to fetch: ``NAME/SUITE`` each, of the suites unstable and stable.

    `by_hand` ends the sentence that says what to do where it cannot be fetched.
    """

    title: str
    size: str
    packages: tuple[str, ...]
    by_hand: str


def unpack(
    prefix: Path, wanted: Wanted, finish: Callable[[Path], None] | None = None
) -> None:
    """Create `prefix` with the packages' files, whole or not at all.

    :param finish: completes the unpacked tree before it counts as there.

    Raises SetupFailure where there is no apt, no Debian mirror or no keyring.
    """
    mirror, keyring = _mirror(wanted), _keyring(wanted)
    work = prefix.with_name(prefix.name + ".partial")
    tree = work / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    configuration = _private_apt(work, mirror, keyring)
    with step(f"Downloading {wanted.title}, {wanted.size}, verified by apt") as running:
        _download(work, wanted, configuration, running)
    with step(f"Unpacking {wanted.title}") as running:
        for package in sorted(work.glob("*.deb")):
            running.note = package.name
            run_quietly(
                ["dpkg", "-x", package, tree],
                running=running,
                failure=f"{package.name} could not be unpacked",
            )
        if finish:
            finish(tree)
    tree.rename(prefix)
    shutil.rmtree(work)


def _mirror(wanted: Wanted) -> str:
    """Return the Debian mirror that this machine is configured for."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise SetupFailure(
            f"This machine has no apt to fetch {wanted.title} with: {wanted.by_hand}."
        )
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(COMPONENT) $(REPO_URI)"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for line in listed.splitlines():
        component, _, address = line.partition(" ")
        # Mirrors publish the archive under a path that ends in /debian; the
        # security and third-party repositories carry no unstable suite.
        if component == "main" and address.rstrip("/").endswith("/debian"):
            return address
    raise SetupFailure(
        f"apt on this machine knows no Debian mirror to fetch {wanted.title} from:"
        f" {wanted.by_hand}."
    )


def _keyring(wanted: Wanted) -> Path:
    for keyring in KEYRINGS:
        if keyring.exists():
            return keyring
    raise SetupFailure(
        "The keys to verify Debian's packages are missing: install the package"
        f" debian-archive-keyring, or {wanted.by_hand}."
    )


def _private_apt(work: Path, mirror: str, keyring: Path) -> Path:
    """Write an apt configuration that keeps everything inside `work`."""
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / "mirror.sources").write_text(
        f"Types: deb\nURIs: {mirror}\nSuites: unstable stable\n"
        f"Components: main\nSigned-By: {keyring}\n",
        "utf-8",
    )
    configuration = work / "apt.conf"
    options = {
        "Dir::State": work / "state",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": work / "cache",
        "Dir::Etc::sourcelist": work / "mirror.sources",
        "Dir::Etc::sourceparts": "/dev/null",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Update::Error-Mode": "any",
        "APT::Get::List-Cleanup": "false",
    }
    if os.geteuid() == 0:
        # Else apt downloads as its own user, who cannot write to a home folder.
        options["APT::Sandbox::User"] = "root"
    lines = [f'{name} "{value}";' for name, value in options.items()]
    # The machine's hooks clean and index the system's own package lists.
    lines += ["#clear APT::Update::Post-Invoke;"]
    lines += ["#clear APT::Update::Post-Invoke-Success;"]
    configuration.write_text("\n".join(lines) + "\n", "utf-8")
    return configuration


def _download(work: Path, wanted: Wanted, configuration: Path, running: Step) -> None:
    for action in (["update"], ["download", *wanted.packages]):
        run_quietly(
            ["apt-get", "-c", configuration, *action],
            running=running,
            cwd=work,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            failure=(
                f"{wanted.title} could not be downloaded (run the command again when"
                f" the network is back, or {wanted.by_hand})"
            ),
        )
