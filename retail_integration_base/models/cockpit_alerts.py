"""``retail.cockpit``: the alerts that somebody should take, worst first."""

from odoo import models
from odoo.tools import format_datetime

from .event_mixin import OPERATOR_GROUP
from .measure import Scope

ALERTS_SHOWN = 5
SEVERITIES = ("high", "medium", "low")


class RetailCockpit(models.AbstractModel):
    _inherit = "retail.cockpit"

    def _prepare_alerts(self, scope: Scope) -> dict:
        """Return the live alerts of the reader's companies, and how many there are."""
        live = [("state", "in", ("open", "acknowledged"))]
        if scope.company_ids is not None:
            live += ["|", ("company_id", "=", False)]
            live += scope.domain(company="company_id")
        alerts = self.env["retail.alert"].search(live)
        ranked = alerts.sorted(
            key=lambda alert: (alert.state_order, SEVERITIES.index(alert.severity))
        )
        return {
            "count": len(alerts),
            "can_acknowledge": self.env.user.has_group(OPERATOR_GROUP),
            "shown": [
                {
                    "id": alert.id,
                    "name": alert.display_name,
                    "impact": alert.impact,
                    "owner": alert.owner_id.sudo().name,
                    "is_open": alert.state == "open",
                    "severity": alert.severity,
                    "since": format_datetime(
                        self.env, alert.breached_at, dt_format="d MMM HH:mm"
                    ),
                }
                for alert in ranked[:ALERTS_SHOWN]
            ],
        }
