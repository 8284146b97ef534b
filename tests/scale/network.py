"""A network of its own for each node: namespaces on a bridge, cables that can be cut.

Linux and root only. Not here: what runs in the namespaces (``nodes.py``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from types import TracebackType

from runtime.failures import SetupFailure

BRIDGE = "retail-br"
#: where cables that were pulled lead to
NOWHERE = "retail-void"
#: of the machine that PostgreSQL, nginx and the partner are on
HUB_ADDRESS = "10.77.0.1"
NETWORK = "10.77.0.0/24"


class Network:
    """A bridge with one namespace per node.

    :param nodes: their names, at most eight characters each.
    """

    def __init__(self, nodes: list[str]) -> None:
        self.nodes = nodes

    def __enter__(self) -> Network:
        if os.geteuid() or not shutil.which("ip"):
            raise SetupFailure("Network namespaces need root and the program ip.")
        self._remove()
        for bridge in (BRIDGE, NOWHERE):
            _ip("link", "add", bridge, "type", "bridge")
            _ip("link", "set", bridge, "up")
        _ip("address", "add", f"{HUB_ADDRESS}/24", "dev", BRIDGE)
        for node in self.nodes:
            self._connect(node)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._remove()

    def address(self, node: str) -> str:
        """Return where the node is reached."""
        return f"10.77.0.{11 + self.nodes.index(node)}"

    def command(self, node: str) -> tuple[str, ...]:
        """Return what runs a program on the node."""
        return ("ip", "netns", "exec", _space(node))

    def cut(self, node: str) -> None:
        """Pull the cable: packets vanish, nobody is told."""
        # Both ends stay up: no error, only silence.
        _ip("link", "set", _outer(node), "master", NOWHERE)

    def mend(self, node: str) -> None:
        """Put the cable back."""
        _ip("link", "set", _outer(node), "master", BRIDGE)

    def _connect(self, node: str) -> None:
        space, inner = _space(node), f"{_outer(node)}i"
        _ip("netns", "add", space)
        _ip("link", "add", _outer(node), "type", "veth", "peer", "name", inner)
        _ip("link", "set", inner, "netns", space)
        _ip("link", "set", _outer(node), "master", BRIDGE)
        _ip("link", "set", _outer(node), "up")
        inside = ("-n", space)
        _ip(*inside, "address", "add", f"{self.address(node)}/24", "dev", inner)
        for device in ("lo", inner):
            _ip(*inside, "link", "set", device, "up")

    def _remove(self) -> None:
        """Remove what is there, also what a killed run left."""
        for node in self.nodes:
            _ip("netns", "delete", _space(node), check=False)
            _ip("link", "delete", _outer(node), check=False)
        for bridge in (BRIDGE, NOWHERE):
            _ip("link", "delete", bridge, check=False)


def _space(node: str) -> str:
    return f"retail-{node}"


def _outer(node: str) -> str:
    return f"rt-{node}"


def _ip(*arguments: str, check: bool = True) -> None:
    done = subprocess.run(
        ["ip", *arguments], capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        raise SetupFailure(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
