"""``retail.handler.transaction``: turns receipts and orders into transactions.

Reads the canonical document, has its codes resolved for the whole batch, checks the
sums, records ``retail.transaction`` once per natural key and tells subscribers.
"""

from dataclasses import dataclass

from odoo import api, models

from ..schemas import registry
from ..schemas.transaction_document import TransactionDocument
from ..tools import canonical
from ..tools.errors import Conflict, RetailError
from ..tools.sums import check_sums
from .handler import Outcome
from .resolver import Resolution


@dataclass
class Prepared:
    """One document with everything it needs to be recorded."""

    document: TransactionDocument
    uuid: str
    content_hash: str
    resolution: Resolution | None = None
    is_recorded: bool = False


class RetailHandlerTransaction(models.AbstractModel):
    _name = "retail.handler.transaction"
    _inherit = "retail.handler"
    _description = "Record the sale"

    @api.model
    def _prepare_events(
        self, events: models.BaseModel
    ) -> dict[int, Prepared | RetailError]:
        verdicts: dict[int, Prepared | RetailError] = {}
        for event in events:
            try:
                verdicts[event.id] = self._read(event)
            except RetailError as error:
                verdicts[event.id] = error
        readable = {
            event_id: verdict
            for event_id, verdict in verdicts.items()
            # What has no effect needs no store, no product and no right sum.
            if isinstance(verdict, Prepared) and _has_effect(verdict.document)
        }
        resolutions = self.env["retail.resolver"]._resolve_documents(
            events.backend_id, [prepared.document for prepared in readable.values()]
        )
        recorded = self._find_hashes([p.uuid for p in readable.values()])
        hashes = dict(recorded)
        for (event_id, prepared), resolution in zip(
            readable.items(), resolutions, strict=True
        ):
            prepared.is_recorded = prepared.uuid in recorded
            try:
                _check_same_content(prepared, hashes)
                if isinstance(resolution, RetailError):
                    raise resolution
                prepared.resolution = resolution
                check_sums(prepared.document, resolution.currency_decimals)
            except RetailError as error:
                verdicts[event_id] = error
        return verdicts

    @api.model
    def _apply_events(
        self, events: models.BaseModel, prepared: dict[int, Prepared | RetailError]
    ) -> dict[int, Outcome]:
        first: dict[str, models.BaseModel] = {}
        for event in events:
            known = prepared[event.id].is_recorded
            if not known and _has_effect(prepared[event.id].document):
                first.setdefault(prepared[event.id].uuid, event)
        self.env["retail.transaction"]._record(
            [(event, prepared[event.id]) for event in first.values()]
        )
        fresh = {event.id for event in first.values()}
        done = Outcome("done", self.env._("Recorded"))
        again = Outcome("ignored", self.env._("This sale is recorded already"))
        drill = Outcome("ignored", self.env._("Training or suspended: no effect"))
        return {
            event.id: done
            if event.id in fresh
            else again
            if _has_effect(prepared[event.id].document)
            else drill
            for event in events
        }

    # --- reading ------------------------------------------------------------------

    def _read(self, event: models.BaseModel) -> Prepared:
        data = event.backend_id._connector()._translate_event(event)
        parsed = registry.validate(event.topic_id.name, data, prefix="")
        document = parsed.to_transaction()
        # Two webshops may use the same order numbers; two systems of one company that
        # report the same till's receipt mean the same sale.
        scope = (
            f"company:{event.company_id.id}"
            if document.channel == "pos"
            else f"backend:{event.backend_id.code}"
        )
        return Prepared(
            document=document,
            uuid=str(canonical.uuid_of(scope, *document.natural_key)),
            content_hash=canonical.document_hash(parsed.model_dump(exclude_none=True)),
        )

    def _find_hashes(self, uuids: list[str]) -> dict[str, str]:
        found = self.env["retail.transaction"].search_fetch(
            [("uuid", "in", uuids)], ["uuid", "content_hash"]
        )
        return {record.uuid: record.content_hash for record in found}


def _check_same_content(prepared: Prepared, hashes: dict[str, str]) -> None:
    """Refuse another sale under a known number.

    ``hashes`` grows with the batch, so that its own twins are compared as well.
    """
    if hashes.setdefault(prepared.uuid, prepared.content_hash) != prepared.content_hash:
        raise Conflict(
            f"Number {prepared.document.ref} came again with other content. The first "
            "one counts; find out with the sender which of the two is right.",
            context={"number": prepared.document.ref},
        )


def _has_effect(document: TransactionDocument) -> bool:
    """Tell whether the document is business: not a drill, not parked at the till."""
    return not (document.training or document.suspended)
