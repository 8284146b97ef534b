"""``retail.handler.store``: takes over what systems say of stores.

Works ``retail.store.changed.v1``. Finds the store by its code or a link and hands the
values to ``retail.ownership``, which decides whose word counts.
"""

from dataclasses import dataclass

from odoo import api, models

from ..schemas.store_changed import StoreChanged
from ..tools.errors import MappingMissing, RetailError
from .handler import Outcome
from .ownership import Verdict


@dataclass(frozen=True)
class Change:
    """One message: the store and what is said of it."""

    store: models.BaseModel
    document: StoreChanged


class RetailHandlerStore(models.AbstractModel):
    _name = "retail.handler.store"
    _inherit = "retail.handler"
    _description = "Take over the store"

    @api.model
    def _prepare_events(
        self, events: models.BaseModel
    ) -> dict[int, Change | RetailError]:
        documents, refusals = self._read_documents(events)
        verdicts: dict[int, Change | RetailError] = {**refusals}
        stores = self.env["retail.resolver"]._find_stores(
            events.backend_id, {document.store for document in documents.values()}
        )
        for event_id, document in documents.items():
            store = stores.get(document.store)
            try:
                if store is None:
                    raise MappingMissing("store", document.store)
                store._prepare_shared(_values(document))
                verdicts[event_id] = Change(store, document)
            except RetailError as error:
                verdicts[event_id] = error
        return verdicts

    @api.model
    def _apply_events(
        self, events: models.BaseModel, prepared: dict[int, Change | RetailError]
    ) -> dict[int, Outcome]:
        outcomes = {}
        for event in events:
            change = prepared[event.id]
            verdict = self.env["retail.ownership"]._receive(
                event.backend_id,
                change.store,
                _values(change.document),
                at=change.document.changed_at,
                event=event,
            )
            state = "done" if verdict.accepted else "ignored"
            outcomes[event.id] = Outcome(state, self._say(verdict))
        return outcomes

    def _say(self, verdict: Verdict) -> str:
        """Return what became of the fields, for people."""
        groups = {
            self.env._("Taken over: %(fields)s"): list(verdict.accepted),
            self.env._("Belongs to somebody else: %(fields)s"): [
                n for n, why in verdict.refused.items() if why == "owned"
            ],
            self.env._("Older than what is known: %(fields)s"): [
                n for n, why in verdict.refused.items() if why == "older"
            ],
            self.env._("Systems contradict each other: %(fields)s"): [
                n for n, why in verdict.refused.items() if why == "contradicts"
            ],
            self.env._("Nothing new: %(fields)s"): verdict.known,
        }
        said = [
            words % {"fields": ", ".join(names)}
            for words, names in groups.items()
            if names
        ]
        return " · ".join(said) or self.env._("It says nothing about the store")


def _values(document: StoreChanged) -> dict[str, str]:
    return document.model_dump(exclude={"store", "changed_at"}, exclude_none=True)
