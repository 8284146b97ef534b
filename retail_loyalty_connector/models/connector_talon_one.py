"""``retail.connector.talon_one``: Talon.One.

Conversations are in ``tools/talon_one.py``. Messages of the canonical kind are neither
sent there nor understood by it.
"""

from odoo import api, models

from odoo.addons.retail_integration_base.tools.errors import ConfigurationError

from ..tools.talon_one import TalonOneClient
from ..tools.talon_one_answer import Ledger
from ..tools.talon_one_calls import TalonOneSettings


class RetailConnectorTalonOne(models.AbstractModel):
    _name = "retail.connector.talon_one"
    _inherit = "retail.connector.generic"
    _description = "Talon.One"

    @api.model
    def _capabilities(self) -> frozenset[str]:
        return frozenset()

    @api.model
    def _platform_client(self, backend: models.BaseModel) -> TalonOneClient:
        program = backend._platform_setting("platform_program")
        if not program.isdecimal():
            raise ConfigurationError(
                f"Talon.One's programs are numbers, not {program!r}."
            )
        ledger = Ledger(
            program_id=int(program),
            subledger=backend.platform_subledger or "",
            decimals=backend.platform_decimals,
        )
        return TalonOneClient(
            backend._platform_connection(),
            TalonOneSettings(ledger=ledger, member_by=backend.platform_member_by),
        )
