"""What the service says about itself."""

from __future__ import annotations

from typing import Literal

from .api_common import Answer


class Health(Answer):
    """The state of the process that answered."""

    status: Literal["live", "ready"]
