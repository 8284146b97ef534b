"""``retail.ownership``: the one place that decides whose word counts (R126, R130).

Incoming: handlers of this and of feature modules hand over what a system said of a
record (``_receive``) or of something that does not exist yet (``_split``). Outgoing:
the outbox asks for each receiver what it may be told (``ownership_telling.py``). Rules
are ``retail.ownership.rule``, who knew what is ``retail.known.value``.

A value that a system repeats, or got from us, changes nothing: so two systems that tell
each other their changes come to rest. A value that belongs to somebody else is refused
by the rule, with a note on the message or an exception.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from odoo import api, models

from ..tools import canonical
from ..tools.clock import to_naive, utc_now
from ..tools.errors import OwnershipRefused, RetailError, SystemsContradict
from .known_value import Known
from .shared_mixin import TAKING_OVER

#: why a field was not taken over
OWNED, OLDER, CONTRADICTS = "owned", "older", "contradicts"


@dataclass
class Verdict:
    """What became of the fields that a system said."""

    accepted: dict[str, Any] = field(default_factory=dict)
    #: field -> why not
    refused: dict[str, str] = field(default_factory=dict)
    #: nothing new: an echo, a repetition, or what Odoo holds already
    known: list[str] = field(default_factory=list)
    #: fields where the newest word counts
    contested: set[str] = field(default_factory=set)


def fingerprint(record: models.BaseModel, name: str, value: Any) -> str:
    """Return the same 32 digits for the same value of one field of one record."""
    return canonical.content_hash([record._name, record.id, name, value])[:32]


class RetailOwnership(models.AbstractModel):
    _name = "retail.ownership"
    _description = "Ownership of Fields"

    # --- incoming -------------------------------------------------------------------

    @api.model
    def _split(
        self, backend: models.BaseModel, model: str, values: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, models.BaseModel]]:
        """Part what ``backend`` may say of records of ``model`` from what it may not.

        For handlers that create records, or write many at once.

        :param values: canonical field -> value
        :return: the values that count, and field -> the rule that refuses (may be
            empty: Odoo owns what no rule names)
        """
        rules = self._rules(backend.company_id, model)
        mine: dict[str, Any] = {}
        refused: dict[str, models.BaseModel] = {}
        for name, value in values.items():
            rule = rules.get(name, rules[""])
            if rule.owned_by == "newest" or rule.backend_id == backend:
                mine[name] = value
            else:
                refused[name] = rule
        return mine, refused

    @api.model
    def _receive(
        self,
        backend: models.BaseModel,
        record: models.BaseModel,
        values: dict[str, Any],
        *,
        at: datetime,
        event: models.BaseModel | None = None,
    ) -> Verdict:
        """Take over what ``backend`` said of ``record`` as far as its word counts.

        Writes the record, notes who knows what, opens exceptions and tells the other
        systems, all in the caller's transaction. Idempotent: said again it changes
        nothing.

        :param record: one record of a model that inherits ``retail.shared.mixin``
        :param values: canonical field -> value as it travels
        :param at: when it was changed there; a time to come counts as now
        :param event: the ``retail.inbox.event`` that said it
        """
        record.ensure_one()
        moment = _counted_at(at)
        verdict = self._weigh(backend, record, values, moment)
        self._claim(backend, record, verdict, moment)
        if verdict.accepted:
            # The service user may not write master data; this gate may.
            taken = record.sudo().with_context(**{TAKING_OVER: True})
            taken.write(record._prepare_shared(verdict.accepted))
        self._note_said(backend, record, values, verdict, moment)
        self._report(backend, record, verdict, event)
        if verdict.accepted:
            names = list(verdict.accepted)
            self._tell(record, names, moment, backend=backend, event=event)
        return verdict

    def _weigh(
        self,
        backend: models.BaseModel,
        record: models.BaseModel,
        values: dict[str, Any],
        at: datetime,
    ) -> Verdict:
        """Sort out what is new and whose word counts; write nothing."""
        known = self.env["retail.known.value"].sudo()._find_known([backend.id], record)
        rules = self._rules(backend.company_id, record._name)
        mine, _others = self._split(backend, record._name, values)
        held = record._shared_values()
        verdict = Verdict()
        for name, value in values.items():
            before = known.get((backend.id, name))
            if before and at < before.known_at:
                verdict.refused[name] = OLDER
            elif value == held[name] or _is_repeated(
                before, fingerprint(record, name, value)
            ):
                verdict.known.append(name)
            elif name in mine:
                verdict.accepted[name] = value
                if rules.get(name, rules[""]).owned_by == "newest":
                    verdict.contested.add(name)
            else:
                verdict.refused[name] = OWNED
        return verdict

    def _claim(
        self,
        backend: models.BaseModel,
        record: models.BaseModel,
        verdict: Verdict,
        at: datetime,
    ) -> None:
        """Let the database decide what several systems say at the same time."""
        known = self.env["retail.known.value"].sudo()
        for contested in (False, True):
            wanted = {
                name: fingerprint(record, name, value)
                for name, value in verdict.accepted.items()
                if (name in verdict.contested) is contested
            }
            won = known._claim(record, wanted, backend, at, newest_only=contested)
            for name in wanted.keys() - won:
                verdict.accepted.pop(name)
                newer = contested and known._is_newer(record, name, at)
                verdict.refused[name] = OLDER if newer else CONTRADICTS

    def _note_said(
        self,
        backend: models.BaseModel,
        record: models.BaseModel,
        values: dict[str, Any],
        verdict: Verdict,
        at: datetime,
    ) -> None:
        known = self.env["retail.known.value"].sudo()
        refused = [n for n, why in verdict.refused.items() if why != OLDER]
        for names, state in (
            ([*verdict.accepted, *verdict.known], "said"),
            (refused, "refused"),
        ):
            prints = {name: fingerprint(record, name, values[name]) for name in names}
            known._note(backend, record, prints, state, at)

    # --- what people hear -----------------------------------------------------------

    def _report(
        self,
        backend: models.BaseModel,
        record: models.BaseModel,
        verdict: Verdict,
        event: models.BaseModel | None,
    ) -> None:
        """Open an exception for each refusal a person must see; close settled ones."""
        rules = self._rules(backend.company_id, record._name)
        exceptions = self.env["retail.exception"].sudo()
        for name, why in verdict.refused.items():
            rule = rules.get(name, rules[""])
            if why == CONTRADICTS or (why == OWNED and rule.refusal != "ignore"):
                exceptions._open(
                    backend,
                    self._refusal(backend, record, name, why, rule),
                    dedupe_key=_dedupe_key(backend, record, name),
                    inbox_event_id=event.id if event else None,
                    correlation_id=event.correlation_id if event else None,
                )
        settled = [_dedupe_key(backend, record, name) for name in verdict.accepted]
        if settled:
            exceptions.search(
                [("dedupe_key", "in", settled), ("state", "!=", "resolved")]
            )._resolve("replayed", self.env._("It was taken over."))

    def _refusal(
        self,
        backend: models.BaseModel,
        record: models.BaseModel,
        name: str,
        why: str,
        rule: models.BaseModel,
    ) -> RetailError:
        facts = {
            "system": backend.name,
            "field": name,
            "record": record.display_name,
            "owner": rule._owner_name(),
        }
        if why == CONTRADICTS:
            return SystemsContradict(
                f"{facts['record']}: systems keep changing {name} back and forth; the "
                f"word of {backend.name} was not taken over. Make one of them its "
                "owner, then replay.",
                context=facts,
            )
        return OwnershipRefused(
            f"{backend.name} sent {name} of {facts['record']}, which belongs to "
            f"{facts['owner']}; ours was kept. Change the ownership rule and replay, "
            "or have it corrected there.",
            context=facts,
        )

    @api.model
    def _rules(self, company: models.BaseModel, model: str) -> dict[str, Any]:
        """Return ``field -> rule`` with "" for the others, perhaps an empty rule."""
        rules = self.env["retail.ownership.rule"]
        return {"": rules, **rules._find_rules(company, model)}


def _counted_at(at: datetime) -> datetime:
    """Return a sender's time as it is compared, naive UTC.

    Many systems know seconds only: such a time counts as the end of its second, or an
    answer would be older than the message it answers. A time to come counts as now.
    """
    moment = to_naive(at)
    if not moment.microsecond:
        moment = moment.replace(microsecond=999_999)
    return min(moment, to_naive(utc_now()))


def _is_repeated(before: Known | None, now: str) -> bool:
    # What was refused is weighed again when it is replayed: the rule may be another.
    return bool(before and before.fingerprint == now and before.state != "refused")


def _dedupe_key(backend: models.BaseModel, record: models.BaseModel, name: str) -> str:
    return f"owner:{backend.id}:{record._name}:{record.id}:{name}"
