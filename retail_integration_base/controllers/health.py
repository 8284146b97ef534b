"""``/retail/health/*``: is the process alive, can it store and work messages."""

from odoo import http

from ..schemas.api_service import Health
from .api import Call, operation


class RetailHealthController(http.Controller):
    @operation(
        "GET",
        "/retail/health/live",
        summary="Is this process alive",
        tag="Service",
        proof="nothing",
        needs_database=False,
        answers={200: Health},
    )
    def live(self, _call: Call) -> Health:
        """Say that this process answers, with or without a database."""
        return Health(status="live")

    @operation(
        "GET",
        "/retail/health/ready",
        summary="Can messages be stored",
        description="503 while the database is away: keep your messages and repeat.",
        tag="Service",
        proof="nothing",
        answers={200: Health},
    )
    def ready(self, call: Call) -> Health:
        """Say whether messages can be stored: the database answers and is ours."""
        call.env.cr.execute("SELECT 1 FROM retail_backend LIMIT 1")
        return Health(status="ready")
