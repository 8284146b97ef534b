"""Debian's package of Odoo 19, unpacked into a private prefix without root.

apt downloads and verifies with lists, cache and sources of its own; the machine's
apt configuration only tells the mirror (and a proxy). Called by odoo_source.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .failures import SetupFailure
from .progress import Step, run_quietly, step

# The packages that Odoo's links point into. The two of the stable suite have moved
# their files since, to places that Odoo's links do not know.
PACKAGES = (
    "odoo-19/unstable",
    "libjs-jquery/unstable",
    "libjs-jquery-form/unstable",
    "libjs-underscore/unstable",
    "fonts-montserrat/unstable",
    "fonts-roboto-unhinted/unstable",
    "fonts-ocr-b/unstable",
    "fonts-font-awesome/stable",
    "fonts-inconsolata/stable",
)
KEYRINGS = tuple(
    Path("/usr/share/keyrings") / f"debian-archive-keyring.{suffix}"
    for suffix in ("gpg", "pgp")
)
# Named in a manifest but left out by Debian for its licence (background blur in
# calls): without the file, every page of the web client logs an error.
LEFT_OUT = (
    "usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation"
    "/selfie_segmentation.js",
)
BY_HAND = (
    "get Odoo yourself with `git clone --depth 1 --branch 19.0"
    " https://github.com/odoo/odoo ~/odoo` and set ODOO_SRC=~/odoo"
)


def unpack_odoo(prefix: Path) -> None:
    """Create `prefix` with Odoo 19.0 and what it links to, whole or not at all.

    Raises SetupFailure where there is no apt, no Debian mirror or no keyring.
    """
    mirror, keyring = _mirror(), _keyring()
    work = prefix.with_name(prefix.name + ".partial")
    tree = work / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    configuration = _private_apt(work, mirror, keyring)
    with step("Downloading Odoo 19.0, about 130 MB, verified by apt") as running:
        _download(work, configuration, running)
    with step("Unpacking Odoo 19.0") as running:
        for package in sorted(work.glob("*.deb")):
            running.note = package.name
            run_quietly(
                ["dpkg", "-x", package, tree],
                running=running,
                failure=f"{package.name} could not be unpacked",
            )
        _keep_links_inside(tree)
        _fill_gaps(tree)
    tree.rename(prefix)
    shutil.rmtree(work)


def _mirror() -> str:
    """Return the Debian mirror that this machine is configured for."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise SetupFailure(f"This machine has no apt to fetch Odoo with: {BY_HAND}.")
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
        f"apt on this machine knows no Debian mirror to fetch Odoo from: {BY_HAND}."
    )


def _keyring() -> Path:
    for keyring in KEYRINGS:
        if keyring.exists():
            return keyring
    raise SetupFailure(
        "The keys to verify Debian's packages are missing: install the package"
        f" debian-archive-keyring, or {BY_HAND}."
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


def _download(work: Path, configuration: Path, running: Step) -> None:
    for action in (["update"], ["download", *PACKAGES]):
        run_quietly(
            ["apt-get", "-c", configuration, *action],
            running=running,
            cwd=work,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            failure=(
                "Odoo could not be downloaded (run the command again when the"
                f" network is back, or {BY_HAND})"
            ),
        )


def _keep_links_inside(tree: Path) -> None:
    """Make absolute links relative to the prefix and refuse dangling ones."""
    links = [path for path in tree.rglob("*") if path.is_symlink()]
    for link in links:
        target = os.readlink(link)
        if target.startswith("/"):
            link.unlink()
            link.symlink_to(os.path.relpath(tree / target[1:], link.parent))
    dangling = [str(link.relative_to(tree)) for link in links if not link.exists()]
    if dangling:
        raise SetupFailure(
            f"Debian's Odoo package links to files that are not there"
            f" ({dangling[0]} and {len(dangling) - 1} more): {BY_HAND}."
        )


def _fill_gaps(tree: Path) -> None:
    for name in LEFT_OUT:
        path = tree / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("// Not part of Debian's package of Odoo.\n", "utf-8")
