"""``retail.backend``: which environment it belongs to, and whether that is this one.

A copy of the production database holds production's backends. They must not work
there: the environment of the *server* decides (``running_env`` in ``odoo.conf`` or
``RUNNING_ENV``), which a copy of the database does not bring along (R141). Asked by the
door, by the lanes in both directions and by everything that calls a partner.
"""

import os

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import config

from ..tools.errors import EnvironmentMismatch

ENVIRONMENT_VARIABLE = "RUNNING_ENV"
ENVIRONMENT_OPTION = "running_env"
#: A server that does not say what it is has no business with real partners.
ENVIRONMENT_DEFAULT = "test"
PRODUCTION = "production"


def running_env() -> str:
    """Return the environment of this server: ``production``, ``staging``, ``test`` …"""
    text = os.environ.get(ENVIRONMENT_VARIABLE) or config.get(ENVIRONMENT_OPTION)
    return (text or ENVIRONMENT_DEFAULT).strip().lower()


class RetailBackend(models.Model):
    _inherit = "retail.backend"

    runs_here = fields.Boolean(
        compute="_compute_runs_here",
        help="Production systems run only where odoo.conf says so.",
    )
    running_env = fields.Char(
        string="Environment of this server", compute="_compute_runs_here"
    )

    @api.depends("environment")
    def _compute_runs_here(self) -> None:
        here = running_env()
        for backend in self:
            backend.running_env = here
            backend.runs_here = backend.environment != PRODUCTION or here == PRODUCTION

    @api.constrains("state", "environment")
    def _check_environment(self) -> None:
        for backend in self:
            if backend.state == "active" and not backend.runs_here:
                raise ValidationError(
                    self.env._(
                        "%(backend)s is a production system, but this server runs as "
                        "%(environment)s: it cannot be active here. Only where "
                        "odoo.conf says running_env = production it can.",
                        backend=backend.name,
                        environment=backend.running_env,
                    )
                )

    def _check_runs_here(self) -> None:
        """Let nothing pass between a production system and another environment.

        :raises EnvironmentMismatch: one of these does not belong to this server
        """
        for backend in self:
            if not backend.runs_here:
                raise EnvironmentMismatch(
                    f"{backend.code} is a production system and this server runs as"
                    f" {backend.running_env}: nothing is sent or received"
                )
