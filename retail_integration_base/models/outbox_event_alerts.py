"""``retail.outbox.event``: telling subscribed systems that an alert opened or ended.

Builds ``retail.alert.changed.v1``. Called by ``retail.alert``, in the transaction that
changes it.
"""

from datetime import datetime

from odoo import api, models

from ..schemas.alert_changed import TOPIC
from ..tools.clock import to_rfc3339
from .outbox_event import Emission


class RetailOutboxEvent(models.Model):
    _inherit = "retail.outbox.event"

    @api.model
    def _emit_alert(
        self, alert: models.BaseModel, company: models.BaseModel, now: datetime
    ) -> None:
        """Tell the systems of ``company`` what ``alert`` is now."""
        rule = alert.rule_id.with_context(lang="en_US")
        data = {
            "alert": str(alert.id),
            "rule": rule.name,
            "measure": rule.measure,
            "state": alert.state,
            "severity": rule.severity,
            "impact": rule.impact,
            "value": _decimal(alert.value),
            "threshold": _decimal(rule.threshold),
            "system": alert.backend_id.code or None,
            "store": alert.store_id.code or None,
            "changed_at": to_rfc3339(now.replace(microsecond=0)),
        }
        emission = Emission(
            key=f"{alert.id}:{alert.state}",
            partition_key=f"alert/{alert.id}",
            data={name: value for name, value in data.items() if value is not None},
            company_id=company.id,
            subject=f"alert/{alert.id}",
            res_model=alert._name,
            res_id=alert.id,
        )
        self._emit(TOPIC, [emission])


def _decimal(value: float) -> str:
    """Return ``value`` as a decimal string without an exponent."""
    text = f"{value:.6f}"
    return text.rstrip("0").rstrip(".")
