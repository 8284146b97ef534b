"""A partner system that receives the hub's messages, keeps its effects and misbehaves.

Lives here: what the partner knows (effects by idempotency key, counters) and its life
(start, stop, command line). Not here: bytes on the wire (``partner_http``), kinds of
misbehaviour (``faults``), signature checks (``signatures``). Called by end-to-end
tests, the demo's story and the bench::

    with Partner(secret, faults=mixed_faults(0.2)) as partner:
        subscription.url = partner.url
        ...
        assert partner.wait_for(2000, timeout_s=60)

or by hand: ``python -m tests.simulators.partner --help``.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .faults import ACCEPT, Fault, FaultPlan, RandomFaults, parse_plan
from .journal import Journal
from .partner_http import Answer, PartnerServer, Request
from .signatures import refusal

#: Headers worth keeping as evidence; none of them is secret.
JOURNAL_HEADERS = (
    "webhook-id",
    "webhook-timestamp",
    "Idempotency-Key",
    "X-Correlation-Id",
    "traceparent",
    "Content-Type",
    "User-Agent",
)
ENVELOPE_FACTS = ("type", "source", "subject", "correlationid", "partitionkey")


@dataclass(frozen=True)
class Effect:
    """What one message changed at the partner, once and for all."""

    key: str
    body_sha256: str
    position: int
    at: str
    facts: Mapping[str, str] = field(default_factory=dict)
    document: Any = None


class Partner:
    """One partner system on the loopback interface.

    :param secret: the secret it shares with the hub, or several live ones.
    :param port: TCP port; 0 lets the system choose. A restart keeps the port.
    :param scheme: how the hub signs, see ``signatures.refusal``.
    :param journal_path: JSONL file of everything received and applied. A journal that
        exists already is continued: its effects count as applied.
    :param faults: how to answer; may be replaced at any time.
    :param keeps_documents: whether effects hold the received JSON.
    """

    def __init__(
        self,
        secret: str | Sequence[str] = (),
        *,
        port: int = 0,
        scheme: str = "standard-webhooks",
        journal_path: Path | None = None,
        faults: FaultPlan | None = None,
        keeps_documents: bool = True,
    ) -> None:
        self.secrets = [secret] if isinstance(secret, str) else list(secret)
        self.port = port
        self.scheme = scheme
        self.faults: FaultPlan = faults or RandomFaults({})
        self.journal = Journal(journal_path)
        self.keeps_documents = keeps_documents
        self.effects: dict[str, Effect] = {}
        self.counts: Counter[str] = Counter()
        self._attempts: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._server: PartnerServer | None = None
        for fact in self.journal.read("effect"):
            self.effects[fact["key"]] = Effect(
                fact["key"],
                fact["body_sha256"],
                fact["position"],
                fact["at"],
                fact["facts"],
            )

    # --- life ---------------------------------------------------------------------

    def start(self) -> Partner:
        """Listen; returns once requests are answered.

        :raises OSError: the port is taken.
        """
        self._server = PartnerServer(self, self.port)
        self.port = self._server.start()
        return self

    def stop(self) -> None:
        """Go away as a crashed system does: open connections are cut."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        self.journal.close()

    def __enter__(self) -> Partner:
        return self.start()

    def __exit__(self, *_exc_info: object) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:<port>``; a browser finds a readable list there."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where the hub sends its messages."""
        return f"{self.base_url}/events"

    # --- what it knows --------------------------------------------------------------

    @property
    def duplicates(self) -> int:
        """Messages that came again after their effect and changed nothing."""
        return self.counts["duplicate"]

    def stats(self) -> dict[str, int]:
        """Return the counters: requests, effects, refusals and faults by name."""
        with self._changed:
            return {**self.counts, "applied": len(self.effects)}

    def effects_in_order(self) -> list[Effect]:
        """Return the effects, first applied first."""
        with self._changed:
            return sorted(self.effects.values(), key=lambda effect: effect.position)

    def wait_for(self, effects: int, timeout_s: float) -> bool:
        """Wait until at least ``effects`` messages are applied; say whether they are.

        :param timeout_s: the longest wait.
        """
        with self._changed:
            return self._changed.wait_for(
                lambda: len(self.effects) >= effects, timeout_s
            )

    # --- what it does -----------------------------------------------------------------

    def receive(self, request: Request) -> Answer:
        """Judge one message, apply it if the fault allows, and say how to answer.

        Called by the server for each POST, from several threads.
        """
        reason = self._reason_to_refuse(request)
        with self._changed:
            if reason is not None:
                effect = "refused"
                answer = Answer(401, {"error": "not signed by a known secret"})
            elif request.path != "/events":
                # Nobody sends here unless it followed our redirect.
                effect, answer = "strayed", Answer(404, {"error": "nothing here"})
            else:
                self._attempts[request.key] += 1
                fault = self.faults.next(request.key, self._attempts[request.key])
                effect, answer = self._settle(request, fault)
            self.counts.update(("requests", effect))
            if answer.fault != ACCEPT:
                self.counts[f"fault:{answer.label}"] += 1
            self._record(request, reason, effect, answer)
            self._changed.notify_all()
        return answer

    def _reason_to_refuse(self, request: Request) -> str | None:
        reason = refusal(self.scheme, self.secrets, request.headers, request.body)
        if reason is None and not request.key:
            return "no webhook-id and no Idempotency-Key"
        return reason

    def _settle(self, request: Request, fault: Fault) -> tuple[str, Answer]:
        """Apply the message unless the fault forbids; return what became of it."""
        if not fault.keeps_effect:
            return "none", Answer(fault.status, {"error": "try again"}, fault)
        known = self.effects.get(request.key)
        if known is None:
            self._apply(request)
            return "applied", Answer(200, {"status": "applied"}, fault)
        if known.body_sha256 == request.body_sha256:
            return "duplicate", Answer(200, {"status": "duplicate"}, fault)
        return "conflict", Answer(409, {"error": "known id, other content"})

    def _apply(self, request: Request) -> None:
        document = _json_or_none(request.body)
        facts = {
            name: str(document[name])
            for name in ENVELOPE_FACTS
            if isinstance(document, dict) and document.get(name)
        }
        effect = Effect(
            key=request.key,
            body_sha256=request.body_sha256,
            position=len(self.effects) + 1,
            at=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            facts=facts,
            document=document if self.keeps_documents else None,
        )
        self.effects[effect.key] = effect
        self.journal.write(
            "effect",
            key=effect.key,
            body_sha256=effect.body_sha256,
            position=effect.position,
            facts=facts,
        )

    def _record(
        self, request: Request, reason: str | None, effect: str, answer: Answer
    ) -> None:
        headers = request.headers
        self.journal.write(
            "request",
            path=request.path,
            key=request.key,
            headers={
                name: headers[name] for name in JOURNAL_HEADERS if name in headers
            },
            body_sha256=request.body_sha256,
            body_bytes=len(request.body),
            verified=reason is None,
            reason=reason,
            effect=effect,
            answer=answer.label,
        )


def _json_or_none(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a partner until Ctrl-C. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulators.partner",
        description="A partner system that receives signed messages and misbehaves.",
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--secret", action="append", default=[], required=True)
    parser.add_argument("--scheme", default="standard-webhooks")
    parser.add_argument("--journal", type=Path, help="JSONL file of what happened")
    parser.add_argument(
        "--faults", default="", help="for example 500:0.2,429=2:0.05,slow=1:0.1"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        faults = parse_plan(options.faults, seed=options.seed)
    except ValueError as error:
        parser.error(str(error))
    partner = Partner(
        options.secret,
        port=options.port,
        scheme=options.scheme,
        journal_path=options.journal,
        faults=faults,
    )
    with partner:
        print(f"listening on {partner.url}", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print(json.dumps(partner.stats()), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
