"""Errors about members of loyalty programs (RET-41xx).

Part of base's error tree. Raised by ``retail.loyalty.member`` and the routes.
"""

from __future__ import annotations

from odoo.addons.retail_integration_base.tools.error_base import PermanentError


class MemberNotActive(PermanentError):
    """The member is suspended, closed or merged: no new points leave the account."""

    code = "RET-4101"
    title = "Member not active"
    http_status = 409


class KeysOfSeveralPeople(PermanentError):
    """Phone, e-mail and card of one request belong to different people."""

    code = "RET-4102"
    title = "Keys of several people"
    http_status = 409
    category = "conflict"


class KeyOfOrganisation(PermanentError):
    """A key belongs to a company or shop, which is no person (R11)."""

    code = "RET-4103"
    title = "Key of an organisation"
    http_status = 409


class MembersNotMergeable(PermanentError):
    """Two members cannot become one, or one cannot become two again."""

    code = "RET-4104"
    title = "Members not mergeable"
    http_status = 409
    category = "conflict"
