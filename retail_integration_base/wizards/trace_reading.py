"""``retail.trace``: reading the steps of a story.

From messages, attempts, transactions, exceptions and the audit, with the reader's own
rights: nobody sees more here than on the records themselves.
"""

from collections.abc import Iterator

from odoo import models

#: Told by the attempt that reached them; other ends of a message are a step.
PLAIN_ENDS = ("done", "sent")


class RetailTrace(models.TransientModel):
    _inherit = "retail.trace"

    def _read_steps(self) -> Iterator[dict]:
        if not self.correlation_id:
            return
        domain = [("correlation_id", "=", self.correlation_id)]
        causes = self.env["retail.inbox.event"].search(domain)
        # Effects are stamped with the beginning of the transaction that worked the
        # message; they are shown after that work, not before it.
        worked_at = max(filter(None, causes.mapped("finished_at")), default=None)
        for event in causes:
            yield self._prepare_step(
                event,
                "received",
                event.received_at,
                self.env._("Received from %(name)s", name=event.backend_id.name),
                event.topic_id.name,
            )
            yield from self._read_attempts(event)
        for transaction in self.env["retail.transaction"].search(domain):
            yield self._prepare_step(
                transaction,
                "effect",
                worked_at or transaction.create_date,
                self.env._("Recorded %(ref)s", ref=transaction.ref),
                transaction.currency_id.format(transaction.amount_total),
            )
        for event in self.env["retail.outbox.event"].search(domain):
            yield self._prepare_step(
                event,
                "created",
                max(event.created_at, worked_at or event.created_at),
                self.env._("Message for %(name)s", name=event.backend_id.name),
                event.topic_id.name,
            )
            yield from self._read_attempts(event)
        for exception in self.env["retail.exception"].search(domain):
            yield from self._read_exception(exception)
        yield from self._read_audit(domain)

    def _read_exception(self, exception: models.BaseModel) -> Iterator[dict]:
        """Yield that it was opened, proposed and solved, by whom and why."""
        owner = exception.user_id.name or exception.group_id.sudo().full_name
        yield self._prepare_step(
            exception,
            "exception",
            exception.opened_at,
            exception.title,
            self.env._("For %(who)s", who=owner) if owner else "",
        )
        if exception.state == "to_approve":
            yield self._prepare_step(
                exception,
                "decision",
                exception.proposed_at,
                self.env._("Proposed by %(who)s", who=exception.proposed_by_id.name),
                exception.proposed_reason,
            )
        if exception.state == "resolved":
            yield self._prepare_step(
                exception,
                "decision",
                exception.resolved_at,
                _label(exception, "resolution"),
                self._solved_by(exception),
            )

    def _solved_by(self, exception: models.BaseModel) -> str:
        names = [
            exception.resolved_by_id.name,
            exception.approved_by_id.name,
        ]
        people = " + ".join(filter(None, names))
        return " · ".join(filter(None, (people, exception.resolution_note)))

    def _read_audit(self, domain: list) -> Iterator[dict]:
        """Yield what people did to the story's messages, for those who may know."""
        entries = self.env["retail.audit.entry"]
        if not entries.has_access("read"):
            return
        replayed = [*domain, ("action", "=", "message.replayed")]
        for entry in entries.search(replayed):
            record = self.env[entry.res_model].browse(entry.res_id).exists()
            if record and record.has_access("read"):
                yield self._prepare_step(
                    record,
                    "decision",
                    entry.recorded_at,
                    self.env._("Replayed by %(who)s", who=entry.user_id.name),
                    "",
                )

    def _read_attempts(self, event: models.BaseModel) -> Iterator[dict]:
        incoming = event._name == "retail.inbox.event"
        for attempt in event.attempt_ids:
            title = (
                self.env._("Worked in Odoo")
                if incoming
                else self.env._("Sent to %(name)s", name=event.backend_id.name)
            )
            detail = attempt.message or ""
            if not incoming:
                detail = f"{detail} ({attempt.latency_ms} ms)"
            step = self._prepare_step(
                event, "attempt", attempt.started_at, title, detail
            )
            rank = "attempt" if incoming else "delivery"
            yield step | {"state": attempt.outcome, "stage": rank}
        if event.finished_at and event.state not in PLAIN_ENDS:
            yield self._prepare_step(
                event,
                "outcome",
                event.finished_at,
                _label(event, "state"),
                event.result,
            )

    def _prepare_step(
        self,
        record: models.BaseModel,
        stage: str,
        at: object,
        title: str,
        detail: str | None,
    ) -> dict:
        backend = record.backend_id
        return {
            "at": at,
            "stage": stage,
            "title": title,
            "detail": detail,
            "state": record.state if "state" in record._fields else "done",
            "backend_id": backend.id,
            "res_model": record._name,
            "res_id": record.id,
        }


def _label(record: models.BaseModel, name: str) -> str:
    """Return a selection's value as people read it, as it is if nobody named it."""
    field = record._fields[name]
    labels = dict(field._description_selection(record.env))
    return labels.get(record[name], record[name] or "")
