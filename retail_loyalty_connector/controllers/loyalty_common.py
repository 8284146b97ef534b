"""What the loyalty routes share: whose points, whose program, where from."""

from typing import TypeVar

from odoo.models import BaseModel as Records

from odoo.addons.retail_integration_base.controllers.api import Call
from odoo.addons.retail_integration_base.tools.error_api import NotFound
from odoo.addons.retail_integration_base.tools.errors import PayloadInvalid

from ..models.loyalty_member_reading import Place
from ..schemas.api_loyalty_common import SourceBody
from ..tools.postings import NOWHERE, Source

PATH = "/retail/v1/loyalty"
TAG = "Loyalty"
Found = TypeVar("Found")
READ = {"tag": TAG, "scope": "loyalty:read"}


def place_of(call: Call, member_id: str, wallet: str | None) -> Place:
    """Return where a member's points are.

    :raises NotFound: no such member here, or no such wallet; both sound the same to
        whoever may not see the member
    """
    members = call.env["retail.loyalty.member"]
    return there(members._find_place(member_id, wallet), wallet)


def member_of(call: Call, member_id: str) -> Records:
    """Return the member that an id names, or whom that one was merged into.

    :raises NotFound: there is none here, which sounds the same to whoever may not see
    """
    found = call.env["retail.loyalty.member"].search(
        [("uuid", "=", member_id)], limit=1
    )
    if not found:
        raise NotFound("There is no member of this id.")
    return found._survivor()


def there(found: Found | None, wallet: str | None) -> Found:
    """Return what was found of a member.

    :raises NotFound: nothing was
    """
    if found is None:
        or_wallet = ", or no such wallet" if wallet else ""
        raise NotFound(f"There is no member of this id{or_wallet}.")
    return found


def program_of(call: Call, code: str | None) -> Records:
    """Return the program that a request means: the named one, or the only one.

    :raises PayloadInvalid: there is none, or there are several
    """
    domain = [("code", "=", code)] if code else []
    found = call.env["retail.loyalty.program"].search(domain, limit=2)
    if len(found) != 1:
        text = "say which of your programs" if found else "there is no such program"
        raise PayloadInvalid("/program", text)
    return found


def source_of(call: Call, body: SourceBody | None) -> Source:
    """Return where a request comes from, as the ledger keeps it.

    :raises PayloadInvalid: unknown store
    """
    if body is None:
        return NOWHERE
    store_id = None
    if body.store:
        stores = call.env["retail.resolver"]._find_stores(call.backend, {body.store})
        if body.store not in stores:
            raise PayloadInvalid("/source/store", "there is no such store")
        store_id = stores[body.store].id
    return Source(channel=body.channel, store_id=store_id, ref=body.ref)
