"""``retail.connector.talon_one``: Talon.One.

Conversations are in ``tools/talon_one.py``; what it shares with other platforms is in
``connector_platform.py``.
"""

from collections.abc import Mapping
from typing import Any

from odoo import api, models

from odoo.addons.retail_integration_base.tools.errors import ConfigurationError

from ..tools import talon_one_webhook
from ..tools.platform import Notice
from ..tools.talon_one import TalonOneClient
from ..tools.talon_one_answer import Ledger
from ..tools.talon_one_calls import TalonOneSettings


class RetailConnectorTalonOne(models.AbstractModel):
    _name = "retail.connector.talon_one"
    _inherit = "retail.connector.platform"
    _description = "Talon.One"

    @api.model
    def _platform_notice(self, headers: Mapping[str, str], body: Any) -> Notice:
        return talon_one_webhook.read(headers, body)

    @api.model
    def _platform_keys(
        self, backend: models.BaseModel, member_ref: str
    ) -> list[tuple[str, str]]:
        return [(backend._platform_names_by(), member_ref)]

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
            TalonOneSettings(ledger=ledger, member_by=backend._platform_names_by()),
        )
