"""One row's messages, what the outside knows of them, and what must hold afterwards.

Lives here: sending with an oracle outside Odoo, waiting until all is settled, and the
invariants I1 to I3 and I6 to I11 for the messages of the row. Not here: faults
(``rows_*.py``), I12 (``lists.py``), I4 and I5 (points, ``rows_points.py``).
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..e2e.hub import INBOX_ENDS, OUTBOX_ENDS, Answer
from ..shop.processes import wait_until
from ..simulators.events import Message, event_message, receipt_event
from ..simulators.receipts import ReceiptGenerator
from ..simulators.sender import Ack, Sender
from .stage import FOLDER, STORES, TILLS, Stage

POLL_S = 0.2
RETRY_FOR_S = 240.0
SETTLED_S = 150.0
#: jobs that wait longer than this have been forgotten
JOB_AGE_S_MAX = 120


@dataclass
class Case:
    """A row at work.

    :param acked: event id -> receipt, for all that the hub said it has.
    :param dead: ids that are expected to need a decision, and nothing else may.
    :param held: ids that are expected to wait behind them.
    :param conflicts: whether the partner is expected to see one key with two contents.
    :param asked: ids that went through and about which somebody is asked all the same.
    """

    stage: Stage
    number: int
    acked: dict[str, dict[str, Any]] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    conflicts: bool = False
    recovery_s: float = 0.0
    _fault_over_at: float = 0.0

    def __post_init__(self) -> None:
        stores = [STORES[self.number - 1]]
        self._generator = ReceiptGenerator(
            seed=self.stage.seed * 100 + self.number, stores=stores, registers=6
        )
        self._conflicts_before = self.stage.partner.counts["conflict"]
        self.fault_over()

    # --- sending --------------------------------------------------------------------

    def messages(self, count: int, *, door: str = "events") -> list[Message]:
        """Return new receipts of the row's own store, each a message."""
        return [
            event_message(receipt_event(receipt), door=door)
            for receipt in self._generator.receipts(count)
        ]

    def event_of(self, message: Message) -> dict[str, Any]:
        """Return the envelope inside a message, to put many into one."""
        event: dict[str, Any] = json.loads(message.body)
        return event

    def post(self, message: Message, *, timeout_s: float = 30.0) -> Answer:
        """Send once, past the proxy; note it if the hub says that it has it."""
        answer = self.stage.hub.post(TILLS, message, timeout_s=timeout_s)
        if answer.status in (200, 202):
            self.note([message])
        return answer

    def sender(self) -> Sender:
        """Return an honest sender that stands behind the proxy."""
        return Sender(
            self.stage.door.url,
            TILLS,
            self.stage.hub.secret,
            journal_path=FOLDER / "acks.jsonl",
            retry_for_s=RETRY_FOR_S,
            timeout_s=20.0,
        )

    def send(self, messages: Sequence[Message], *, workers: int = 4) -> None:
        """Send until the hub has all of them, as an honest sender does.

        :raises AssertionError: one was refused, or never acknowledged.
        """
        verdicts: Counter[str] = Counter()

        def on_ack(ack: Ack) -> None:
            verdicts.update(ack.verdicts.values())
            if not {"lost", "refused", "conflict"} & set(ack.verdicts.values()):
                self.note([ack.message])

        with self.sender() as sender:
            sender.play(messages, workers=workers, on_ack=on_ack)
        assert set(verdicts) <= {"accepted", "duplicate"}, dict(verdicts)

    def note(self, messages: Iterable[Message]) -> None:
        """Write down that the hub said that it has these."""
        for message in messages:
            self.acked[message.id] = json.loads(message.body)["data"]

    # --- settling -------------------------------------------------------------------

    def fault_over(self) -> None:
        """From now on counts the time until all is well again."""
        self._fault_over_at = time.monotonic()

    @property
    def since_fault_s(self) -> float:
        """Seconds since the fault was over."""
        return time.monotonic() - self._fault_over_at

    def settle(self, timeout_s: float = SETTLED_S) -> None:
        """Wait until all messages of this row are at their end, in and out.

        :raises TimeoutError: saying what is left.
        """
        left: list[Any] = []

        def settled() -> bool:
            left[:] = self._unfinished()
            return not left

        try:
            wait_until(settled, f"row {self.number} is settled", timeout_s)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; left: {left[:5]}") from None
        self.recovery_s = self.since_fault_s

    def _unfinished(self) -> list[Any]:
        time.sleep(POLL_S)
        sql = self.stage.hub.sql
        ids = list(self.acked)
        rows = sql(
            "SELECT event_key, state, error_code FROM retail_inbox_event"
            " WHERE event_key = ANY (%s) AND state <> ALL (%s)",
            ids,
            list(INBOX_ENDS),
        )
        left = [row for row in rows if not self._is_expected(row[0], row[1])]
        return left or sql(
            "SELECT event_key, state, error_code FROM retail_outbox_event"
            " WHERE causation_id = ANY (%s) AND state <> ALL (%s)",
            ids,
            list(OUTBOX_ENDS),
        )

    def outgoing(self, *states: str) -> list[int]:
        """Return the record ids of messages to the partner that are in these states."""
        rows = self.stage.hub.sql(
            "SELECT id FROM retail_outbox_event"
            " WHERE causation_id = ANY (%s) AND state = ANY (%s)",
            list(self.acked),
            list(states),
        )
        return [event_id for (event_id,) in rows]

    def wait_judged(self, timeout_s: float = SETTLED_S) -> None:
        """Wait until each message to the partner is sent, or waits for a person."""
        ids = list(self.acked)

        def judged() -> bool:
            through = len(self.stage.hub.effects(ids)) == len(ids)
            return through and not self.outgoing("pending", "sending", "retry")

        wait_until(judged, "the partner has judged everything", timeout_s)

    def _is_expected(self, key: str, state: str) -> bool:
        return (state == "dead" and key in self.dead) or (
            state == "held" and key in self.held
        )

    # --- afterwards -----------------------------------------------------------------

    def check(self) -> None:
        """Hold the invariants against what the outside knows.

        :raises AssertionError: naming the invariant.
        """
        hub, ids = self.stage.hub, list(self.acked)
        states = hub.states(ids)
        assert sorted(key for key, _state in states) == sorted(ids), "I1: not once"
        open_ids = {key for key, state in states if state not in INBOX_ENDS}
        assert open_ids == self.dead | self.held, f"I2, I8: {open_ids}"
        through = [key for key in ids if key not in open_ids]
        effects = hub.effects(through)
        assert effects == dict.fromkeys(through, 1), "I3: effects are not once each"
        self._check_books(through)
        self._check_partner(through)
        self._check_jobs()
        self._check_exceptions()
        self._check_audit()
        self._check_log()

    def _check_books(self, ids: list[str]) -> None:
        rows = self.stage.hub.sql(
            "SELECT e.event_key, t.amount_total FROM retail_transaction t"
            " JOIN retail_inbox_event e ON e.id = t.inbox_event_id"
            " WHERE e.event_key = ANY (%s)",
            ids,
        )
        wanted = {key: Decimal(self.acked[key]["totals"]["grand"]) for key in ids}
        assert dict(rows) == wanted, "I11: totals differ from the tills'"

    def _check_partner(self, ids: list[str]) -> None:
        partner = self.stage.partner
        keys = self.stage.hub.delivery_keys(ids)
        assert len(keys) == len(set(keys)) == len(ids), "I6: not one message per sale"
        unheard = [key for key in keys if key not in partner.effects]
        assert not unheard, f"I6: the partner never heard of {unheard[:3]}"
        conflicts = partner.counts["conflict"] - self._conflicts_before
        assert bool(conflicts) == self.conflicts, f"I6: {conflicts} conflicts"

    def _check_jobs(self) -> None:
        rows = self.stage.hub.sql(
            "SELECT state, count(*) FROM queue_job WHERE state IN ('pending',"
            " 'enqueued', 'started', 'wait_dependencies') AND eta IS NULL"
            " AND date_created < now() AT TIME ZONE 'UTC' - make_interval(secs => %s)"
            " GROUP BY state",
            JOB_AGE_S_MAX,
        )
        assert not rows, f"I7: forgotten jobs {rows}"

    def _check_exceptions(self) -> None:
        rows = self.stage.hub.sql(
            "SELECT DISTINCT e.event_key FROM retail_exception x"
            " JOIN retail_inbox_event e ON e.id = x.inbox_event_id"
            " WHERE x.state <> 'resolved' AND e.event_key = ANY (%s)",
            list(self.acked),
        )
        asked = {key for (key,) in rows}
        assert asked == self.dead | self.asked, f"I8: {asked}"

    def _check_audit(self) -> None:
        """I9: follow the chains of what people did; Odoo raises where one is broken."""
        hub = self.stage.hub
        streams = hub.call("retail.audit.stream", "search", [[]])
        hub.call("retail.audit.stream", "action_verify", [streams])

    def _check_log(self) -> None:
        secret = self.stage.hub.secret.removeprefix("whsec_").encode()
        log = self.stage.system.odoo.log.read_bytes()
        assert secret not in log, "I10: the log has a secret in it"
        personal = {
            str(receipt.get("customer", {}).get("email") or "").encode()
            for receipt in self.acked.values()
            if isinstance(receipt.get("customer"), dict)
        } - {b""}
        assert not any(word in log for word in personal), (
            "I10: personal data in the log"
        )

    def solve(self) -> None:
        """Accept what waits for a person, so that nothing of this row is left."""
        rows = self.stage.hub.sql(
            "SELECT x.id FROM retail_exception x"
            " JOIN retail_inbox_event e ON e.id = x.inbox_event_id"
            " WHERE x.state <> 'resolved' AND e.event_key = ANY (%s)",
            list(self.acked),
        )
        if rows:
            ids = [exception_id for (exception_id,) in rows]
            self._accept(ids)
            self.dead, self.held, self.asked = set(), set(), set()
            self.settle()

    def _accept(self, exception_ids: list[int]) -> None:
        """Accept as a person does: press the button, give a reason, apply."""
        hub = self.stage.hub
        asked = hub.call("retail.exception", "action_accept", [exception_ids])
        wizard = asked["res_model"]
        values = [{"reason": f"row {self.number} of the fault matrix"}]
        ids = hub.call(wizard, "create", [values], asked["context"])
        hub.call(wizard, "action_apply", [ids])
        left = hub.sql(
            "SELECT id FROM retail_exception WHERE id = ANY (%s)"
            " AND state <> 'resolved'",
            exception_ids,
        )
        assert not left, f"nobody could accept {left}"
