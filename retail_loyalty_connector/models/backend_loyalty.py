"""``retail.backend``: what a loyalty platform needs besides an address and a token.

Lives here: settings of the platforms that are built, the client made from them, and
carrying out its conversations through the backend's gate. Lives elsewhere: which client
(``connector_<vendor>.py``), the conversations (``tools/platform_client.py``).
"""

from typing import TypeVar

from odoo import api, fields, models

from odoo.addons.retail_integration_base.tools.errors import ConfigurationError

from ..tools.platform_client import PlatformClient
from ..tools.platform_transport import Connection, Steps, carry_out

T = TypeVar("T")
MEMBER_BY = "card"


class RetailBackend(models.Model):
    _inherit = "retail.backend"

    platform_program = fields.Char(
        string="Program there",
        help="Talon.One: number of the loyalty program. Square: leave empty.",
    )
    platform_subledger = fields.Char(
        string="Part of its ledger", help="Talon.One: empty for the main one."
    )
    platform_location = fields.Char(
        string="Location there", help="Square: id of the location that earns points."
    )
    platform_application = fields.Char(
        string="Application there", help="Voucherify: the application id."
    )
    platform_decimals = fields.Integer(
        string="Decimals of a point",
        default=0,
        help="Our smallest unit: 2 if a point there is a hundred of ours.",
    )
    platform_member_by = fields.Selection(
        [("card", "Card number"), ("phone", "Phone number")],
        string="Members are called by",
        default=MEMBER_BY,
        help="Talon.One: what profiles are named by.",
    )

    # Not required in the database, as everything that a module adds to a table which is
    # not its own: while the hub is upgraded and does not know these columns yet, Odoo
    # would let them be empty, and wait for every reader of the table to do so.
    _platform_decimals_check = models.Constraint(
        "CHECK (platform_decimals BETWEEN 0 AND 6)",
        "A point has between 0 and 6 decimals.",
    )

    @api.model
    def _shared_connectors(self) -> frozenset[str]:
        return super()._shared_connectors() | {"retail.connector.platform"}

    def _platform_client(self) -> PlatformClient:
        """Return the client of this backend's loyalty platform.

        :raises ConfigurationError: address, token or a setting is missing
        """
        self.ensure_one()
        return self._connector()._platform_client(self)

    def _platform_connection(self) -> Connection:
        """Return address, token and time limits, for connectors."""
        self.ensure_one()
        token = self._api_token("token").get("token")
        if not self.api_url or not token:
            raise ConfigurationError(
                f"{self.name} needs an API address and a live API credential."
            )
        return Connection(
            base_url=self.api_url,
            token=token,
            timeout_connect_s=float(self.timeout_connect_s),
            timeout_read_s=float(self.timeout_read_s),
            deadline_s=float(self.deadline_s),
        )

    def _platform_names_by(self) -> str:
        """Return what the platform calls its members by: ``card`` | ``phone``."""
        return self.platform_member_by or MEMBER_BY

    def _platform_setting(self, name: str) -> str:
        """Return a setting that the platform cannot do without."""
        value = self[name]
        if not value:
            label = self._fields[name]._description_string(self.env)
            raise ConfigurationError(f"{self.name} has no {label!r}: enter it.")
        return value

    def _carry_out(self, steps: Steps[T]) -> T:
        """Carry out a conversation with the platform, through the gate.

        Must not be called while the transaction holds row locks of the business.

        :raises RetailError: as ``_call``, and what the answers mean
        """
        return carry_out(steps, self._door().call)
