"""``retail.sync.push.loyalty.segments``: tell a partner who came and went (R8).

A batch feed: a sync job says how often and shows how far behind it is; each part of a
renewal is one message to each of the partner's subscriptions. Parts have names of
their own, so that a page read twice tells nobody twice.
"""

from typing import Any

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.retail_integration_base.models.outbox_event import Emission
from odoo.addons.retail_integration_base.tools.clock import to_naive, to_rfc3339
from odoo.addons.retail_integration_base.tools.errors import PageInvalid
from odoo.addons.retail_integration_base.tools.paging import Page, PageQuery

from ..schemas.segment_members import TOPIC

CAMPAIGNS_MAX = 100


class RetailSyncPushLoyaltySegments(models.AbstractModel):
    _name = "retail.sync.push.loyalty.segments"
    _inherit = "retail.sync.push"
    _description = "Changes of member segments"

    @api.model
    def _collect_page(self, backend: models.BaseModel, query: PageQuery) -> Page:
        if query.cursor and not query.cursor.isdigit():
            raise PageInvalid(f"the cursor {query.cursor!r} is none of ours")
        domain = Domain("id", ">", int(query.cursor or 0))
        domain &= Domain("company_id", "in", [backend.company_id.id, False])
        domain &= Domain("segment_id.is_told", "=", True)
        if query.since:
            domain &= Domain("evaluated_at", ">=", to_naive(query.since))
        if query.until:
            domain &= Domain("evaluated_at", "<", to_naive(query.until))
        parts = self.env["retail.loyalty.segment.batch"].search(
            domain, order="id", limit=query.limit
        )
        is_last = len(parts) < query.limit
        return Page(parts.ids, None if is_last else str(parts[-1].id))

    @api.model
    def _emit_page(self, backend: models.BaseModel, items: list[Any]) -> int:
        outbox = self.env["retail.outbox.event"].sudo()
        subscriptions = outbox._subscriptions(outbox._outgoing_topic(TOPIC).id)
        mine = subscriptions.filtered(lambda one: one.backend_id == backend)
        parts = self.env["retail.loyalty.segment.batch"].browse(items) if mine else []
        return sum(
            bool(outbox._emit_to(subscription, TOPIC, document))
            for document in [self._emission(part, backend) for part in parts]
            for subscription in mine
        )

    def _emission(self, part: models.BaseModel, backend: models.BaseModel) -> Emission:
        segment = part.segment_id
        changes = self.env["retail.loyalty.segment.change"].search(
            [
                ("segment_id", "=", segment.id),
                ("generation", "=", part.generation),
                ("batch", "=", part.number),
            ]
        )
        came = changes.filtered(lambda one: one.change == "added").member_id
        went = changes.filtered(lambda one: one.change == "removed").member_id
        return Emission(
            key=f"{segment.code}:{part.generation}:{part.number}",
            partition_key=f"segment:{segment.code}",
            data={
                "segment": segment.code,
                "program": segment.program_id.code,
                "generation": part.generation,
                "part": part.number + 1,
                "parts": part.batch_count,
                # Who withdrew since is not told of.
                "added": sorted(segment._still_allowed(came).mapped("uuid")),
                "removed": sorted(went.mapped("uuid")),
                "evaluated_at": to_rfc3339(part.evaluated_at),
                "campaigns": self._campaigns(segment),
            },
            company_id=backend.company_id.id,
            subject=f"segment/{segment.code}",
            res_model=segment._name,
            res_id=segment.id,
        )

    def _campaigns(self, segment: models.BaseModel) -> list[dict[str, str]]:
        """Return the active campaigns that the segment's members are eligible for."""
        campaigns = self.env["retail.loyalty.campaign"].search(
            [("member_segment_ids", "in", segment.ids)], limit=CAMPAIGNS_MAX
        )
        found = []
        for campaign in campaigns:
            told = {"name": campaign.with_context(lang=None).name[:200]}
            if campaign.date_from:
                told["from_date"] = campaign.date_from.isoformat()
            if campaign.date_to:
                told["to_date"] = campaign.date_to.isoformat()
            found.append(told)
        return found
