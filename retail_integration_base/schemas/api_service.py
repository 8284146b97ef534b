"""What the service says about itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .api_common import Answer, Parameters


class Health(Answer):
    """The state of the process that answered."""

    status: Literal["live", "ready"]


class CodePlace(Parameters):
    """Which error code."""

    code: str = Field(examples=["RET-1104"])
