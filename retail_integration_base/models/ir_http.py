"""``ir.http``: the gateway's routes are prepared by their own dispatcher alone.

What Odoo's modules prepare for pages means nothing to a partner system: a language and
a currency for people, debug mode and log-in in the query, the editor's flags, records
in the address. Each message would pay for it, a tenth of what storing it costs; and in
a database without English the search for a language begins a transaction, before the
door begins its own.
"""

from typing import Any

from odoo import models
from odoo.http import request

from ..tools.api_operation import ROUTING_TYPE


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule: Any, args: dict[str, Any]) -> None:
        if rule.endpoint.routing["type"] == ROUTING_TYPE:
            return request.dispatcher.pre_dispatch(rule, args)
        return super()._pre_dispatch(rule, args)
