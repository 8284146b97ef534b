"""What is kept of a message to know it again: a hash of what it says, or of what it is.

Lives here: how the two hashes share a column. Called by the gateway, which writes it,
and by the inbox, which compares. A message that was pushed has to say the same when it
comes again; one that was fetched says how things are now, and only has to be about the
same thing (decision 60).
"""

from __future__ import annotations

from typing import NamedTuple

_SEPARATOR = ":"


class MessageHash(NamedTuple):
    """Hashes in hexadecimal digits.

    :param contents: of all that the message says; empty if it was fetched.
    :param identity: of what never changes about its subject; empty if the connector
        names nothing of that kind.
    """

    contents: str
    identity: str = ""

    @classmethod
    def parse(cls, text: str) -> MessageHash:
        """Return what ``str`` wrote."""
        identity, _separator, contents = text.rpartition(_SEPARATOR)
        return cls(contents, identity)

    def __str__(self) -> str:
        if self.identity:
            return f"{self.identity}{_SEPARATOR}{self.contents}"
        return self.contents

    def is_fetched(self) -> bool:
        """Tell whether the message says how things are, not what happened."""
        return not self.contents
