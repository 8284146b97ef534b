"""``retail.ownership``: what a change of ours may tell whom.

Nobody is told what it said itself, what it knows already, or a field that it owns; and
a change is not told to a system whose message caused it. Asked by the outbox for every
message before it is stored, so that no emission can go round it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.clock import to_naive, to_rfc3339, utc_now
from .outbox_event import Emission
from .ownership import fingerprint

Pair = tuple[models.BaseModel, Emission]


class RetailOwnership(models.AbstractModel):
    _inherit = "retail.ownership"

    # --- people ---------------------------------------------------------------------

    @api.model
    def _changed_here(self, record: models.BaseModel, names: list[str]) -> None:
        """Note and tell that somebody here changed fields of ``record``.

        :raises UserError: a system owns one of them; changing it here would not last
        """
        if not self.env.su:
            self._check_person(record, names)
        now = to_naive(utc_now())
        self._hold(record, names, now)
        self._tell(record, names, now)

    @api.model
    def _hold(self, record: models.BaseModel, names: list[str], at: datetime) -> None:
        """Note that Odoo holds these values since ``at`` (naive UTC)."""
        values = record._shared_values()
        prints = {name: fingerprint(record, name, values[name]) for name in names}
        self.env["retail.known.value"].sudo()._claim(
            record,
            prints,
            self.env["retail.backend"],
            at,
            newest_only=False,
        )

    def _check_person(self, record: models.BaseModel, names: list[str]) -> None:
        rules = self._rules(record.sudo().company_id, record._name)
        for name in names:
            rule = rules.get(name, rules[""])
            if rule.owned_by == "backend":
                raise UserError(
                    self.env._(
                        "%(field)s of %(record)s belongs to %(owner)s: change it "
                        "there, or end the ownership rule.",
                        field=record._fields[
                            record._shared_fields[name]
                        ].get_description(self.env)["string"],
                        record=record.display_name,
                        owner=rule._owner_name(),
                    )
                )

    # --- telling --------------------------------------------------------------------

    @api.model
    def _tell(
        self,
        record: models.BaseModel,
        names: list[str],
        at: datetime,
        *,
        backend: models.BaseModel | None = None,
        event: models.BaseModel | None = None,
    ) -> int:
        """Tell subscribers that these fields changed; return how many messages.

        :param at: when the values became what they are (naive UTC): what receivers
            compare by, here and there
        :param backend: the system whose word it is; empty for a person here
        :param event: the message that said it
        """
        outbox = self.env["retail.outbox.event"]
        topic = record._shared_topic
        if not topic or not outbox._has_subscribers(topic):
            return 0
        values = record._shared_values()
        told = {name: values[name] for name in names}
        subject = f"{record._shared_noun}/{record.id}"
        emission = Emission(
            # Never the same twice: a value may come and go and come again.
            key=f"{subject}@{utc_now().isoformat()}",
            partition_key=subject,
            data={**record._shared_key(), "changed_at": to_rfc3339(at), **told},
            company_id=record.sudo().company_id.id,
            subject=subject,
            correlation_id=event.correlation_id if event else None,
            causation_id=event.event_key if event else None,
            res_model=record._name,
            res_id=record.id,
            shared_fields=tuple(told),
            shared_at=at,
            origin_ids=self._origins(backend, event),
        )
        return outbox._emit(topic, [emission])

    def _origins(
        self, backend: models.BaseModel | None, event: models.BaseModel | None
    ) -> frozenset[int]:
        """Return the systems that a change came through: none of them hears it again.

        The sender; and if it answers a message of ours (``causationid``), those whose
        messages are in that message's story.
        """
        if not backend:
            return frozenset()
        origins = {backend.id}
        if event and event.causation_id:
            answered = (
                self.env["retail.outbox.event"]
                .sudo()
                .search(
                    [
                        ("backend_id", "=", backend.id),
                        ("event_key", "=", event.causation_id),
                    ],
                    limit=1,
                )
            )
            if answered:
                story = [
                    ("correlation_id", "=", answered.correlation_id),
                    ("company_id", "=", backend.company_id.id),
                ]
                inbox = self.env["retail.inbox.event"].sudo()
                origins |= {
                    one.id for (one,) in inbox._read_group(story, ["backend_id"])
                }
        return frozenset(origins)

    # --- asked by the outbox --------------------------------------------------------

    @api.model
    def _for_receivers(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Return the pairs of subscription and document that may be told, adapted."""
        kept = []
        for subscription, document in pairs:
            if subscription.backend_id.id in document.origin_ids:
                continue
            adapted = self._for_receiver(subscription, document)
            if adapted:
                kept.append((subscription, adapted))
        return kept

    def _for_receiver(
        self, subscription: models.BaseModel, document: Emission
    ) -> Emission | None:
        """Return the document without what the receiver owns or knows."""
        if not document.shared_fields:
            return document
        backend = subscription.backend_id
        record = self.env[document.res_model].browse(document.res_id)
        rules = self._rules(backend.company_id, record._name)
        known = self.env["retail.known.value"].sudo()._find_known([backend.id], record)
        left_out = set()
        for name in document.shared_fields:
            rule = rules.get(name, rules[""])
            before = known.get((backend.id, name))
            now = fingerprint(record, name, document.data[name])
            if rule.backend_id == backend or (before and before.fingerprint == now):
                left_out.add(name)
        names = tuple(name for name in document.shared_fields if name not in left_out)
        if not names:
            return None
        data = {key: one for key, one in document.data.items() if key not in left_out}
        return replace(document, data=data, shared_fields=names)

    @api.model
    def _note_told(self, pairs: Sequence[Pair]) -> None:
        """Note what receivers know from now on."""
        known = self.env["retail.known.value"].sudo()
        for subscription, document in pairs:
            if document.shared_fields and document.shared_at:
                record = self.env[document.res_model].browse(document.res_id)
                prints = {
                    name: fingerprint(record, name, document.data[name])
                    for name in document.shared_fields
                }
                known._note(
                    subscription.backend_id, record, prints, "told", document.shared_at
                )
