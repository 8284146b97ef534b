"""Which member of a platform somebody is: found by what is known, or enrolled.

Lives here: the order of looking and asking. Lives elsewhere: what is known of a member
(``retail.loyalty.member``), the questions themselves (``tools/platform_client.py``).
Called before a member's first order is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from odoo.addons.retail_integration_base.tools.errors import MappingMissing

from .platform import Member
from .platform_client import PlatformClient
from .platform_orders import Identity
from .platform_transport import Steps


def find_or_enrol(
    client: PlatformClient,
    identities: Sequence[Identity],
    key: str,
    do: Callable[[Steps[Any]], Any],
) -> str:
    """Return the platform's id of a member, who is enrolled if nobody knows them.

    :param identities: the surest first
    :param key: of the enrolment, the same at every repetition
    :param do: carries a conversation out
    :raises MappingMissing: unknown there, and the platform takes nobody from us
    """
    for identity in identities:
        found = do(client.member_find(identity))
        if isinstance(found, Member):
            return found.member_id
    for identity in identities if client.capabilities.enrols else ():
        enrolled = do(client.member_enrol(key, identity))
        if isinstance(enrolled, Member):
            return enrolled.member_id
    raise MappingMissing("member", key)
