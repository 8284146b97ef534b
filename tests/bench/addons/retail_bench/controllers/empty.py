"""An operation with the usual authentication that does nothing."""

from odoo import http

from odoo.addons.retail_integration_base.controllers.api import Call, operation
from odoo.addons.retail_integration_base.schemas.api_common import Answer


class Nothing(Answer):
    """An empty answer."""


class RetailBenchEmptyController(http.Controller):
    @operation(
        "GET",
        "/retail_bench/empty",
        summary="Answer nothing",
        scope="loyalty:read",
        answers={200: Nothing},
    )
    def empty(self, call: Call) -> Nothing:
        """Do nothing."""
        return Nothing()
