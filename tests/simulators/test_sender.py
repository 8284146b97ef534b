"""The sending simulator repeats, shuffles and keeps account as it says."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from .events import (
    batch_message,
    disordered,
    event_message,
    order_event,
    receipt_event,
    shopify_message,
)
from .journal import Journal
from .orders import OrderGenerator
from .receipts import ReceiptGenerator
from .sender import Sender, main
from .signatures import refusal

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class HubStandIn(ThreadingHTTPServer):
    """Answers as the hub's doors do: 202, 200 for what it knows, or the script."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.script: list[int] = []
        self.seen: Counter[str] = Counter()
        self.refusals: list[str] = []
        self.paths: set[str] = set()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class HubHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        hub = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with hub.lock:
            status = hub.script.pop(0) if hub.script else 0
            hub.paths.add(self.path)
            scheme = "shopify" if "X-Shopify-Topic" in self.headers else None
            reason = refusal(
                scheme or "standard-webhooks", [SECRET], self.headers, body
            )
            if reason:
                hub.refusals.append(reason)
            answer = self._answer(hub, body) if not status else {}
        if status == 1:
            self.close_connection = True
            return
        text = json.dumps(answer).encode()
        self.send_response(status or answer.pop("http"))
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Retry-After", "0.01")
        self.end_headers()
        self.wfile.write(text)

    def _answer(self, hub: HubStandIn, body: bytes) -> dict:
        parsed = json.loads(body)
        events = parsed if isinstance(parsed, list) else [parsed]
        results = []
        for event in events:
            hub.seen[str(event["id"])] += 1
            known = hub.seen[str(event["id"])] > 1
            word = "duplicate" if known else "accepted"
            results.append({"id": event["id"], "status": word})
        if isinstance(parsed, list):
            return {"http": 202, "results": results}
        status = 200 if results[0]["status"] == "duplicate" else 202
        return {"http": status, "status": results[0]["status"]}

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def hub():
    server = HubStandIn()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def receipt_messages(count: int):
    return [event_message(receipt_event(r)) for r in ReceiptGenerator().receipts(count)]


def test_message_is_signed_and_repeated_with_the_same_id_until_taken(hub, tmp_path):
    hub.script = [503, 1, 429]
    path = tmp_path / "acks.jsonl"
    message = receipt_messages(1)[0]
    with Sender(hub.url, "pos", SECRET, journal_path=path) as sender:
        ack = sender.send(message)
    assert (ack.attempts, ack.verdicts) == (4, {message.id: "accepted"})
    assert hub.refusals == []
    assert hub.paths == {"/retail/v1/backends/pos/events"}
    assert [fact["verdict"] for fact in Journal(path).read("ack")] == ["accepted"]


def test_refused_message_is_not_repeated(hub):
    hub.script = [422]
    with Sender(hub.url, "pos", SECRET) as sender:
        ack = sender.send(receipt_messages(1)[0])
    assert (ack.attempts, list(ack.verdicts.values())) == (1, ["refused"])


def test_message_without_answer_counts_as_lost():
    sender = Sender("http://127.0.0.1:9", "pos", SECRET, retry_for_s=0.15)
    summary = sender.play(receipt_messages(1))
    assert summary.lost == 1


def test_play_delivers_all_with_their_duplicates(hub):
    messages = receipt_messages(200)
    noisy = disordered(messages, duplicates=0.1, out_of_order=0.05, seed=3)
    summary = Sender(hub.url, "pos", SECRET).play(noisy)
    assert summary.lost == summary.refused == 0
    assert summary.verdicts["accepted"] == 200
    assert summary.verdicts["duplicate"] == len(noisy) - 200
    assert set(hub.seen) == {message.id for message in messages}
    assert summary.latency_s(0.5) <= summary.latency_s(0.95)


def test_batches_report_each_event(hub):
    events = [receipt_event(r) for r in ReceiptGenerator().receipts(3)]
    with Sender(hub.url, "pos", SECRET) as sender:
        ack = sender.send(batch_message([*events, events[0]]))
    assert ack.verdicts[events[1]["id"]] == "accepted"
    assert ack.verdicts[events[0]["id"]] == "duplicate"
    ndjson = batch_message(events, ndjson=True)
    assert [json.loads(line) for line in ndjson.body.splitlines()] == events


def test_shopify_webhook_carries_its_headers_and_signature(hub):
    order = next(OrderGenerator().shopify_orders(1))
    message = shopify_message(order)
    with Sender(hub.url, "shop", SECRET) as sender:
        ack = sender.send(message)
    assert list(ack.verdicts.values()) == ["accepted"]
    assert hub.refusals == []
    assert hub.paths == {"/retail/v1/backends/shop/webhook"}
    assert message.headers["X-Shopify-Topic"] == "orders/create"


def test_api_key_replaces_the_signature(hub):
    with Sender(hub.url, "pos", api_key="rtk_x") as sender:
        sender.send(receipt_messages(1)[0])
    assert hub.refusals == ["Missing required headers"]


def test_disorder_is_seeded_and_of_the_asked_size():
    messages = receipt_messages(2000)
    noisy = disordered(messages, duplicates=0.1, out_of_order=0.05, seed=1)
    again = disordered(messages, duplicates=0.1, out_of_order=0.05, seed=1)
    assert noisy == again
    ids = [message.id for message in noisy]
    assert 2150 < len(ids) < 2250
    firsts = list(dict.fromkeys(ids))
    positions = {message.id: n for n, message in enumerate(messages)}
    late = sum(
        positions[before] > positions[after]
        for before, after in zip(firsts, firsts[1:], strict=False)
    )
    assert 50 < late < 150
    assert disordered(messages) == messages


def test_same_document_has_the_same_event_id():
    document = next(ReceiptGenerator(seed=5).receipts(1))
    assert receipt_event(document)["id"] == receipt_event(dict(document))["id"]
    order = next(OrderGenerator(seed=5).orders(1))
    assert order_event(order)["id"] != receipt_event(document)["id"]


def test_command_line_sends_receipts_and_says_how_it_went(hub, capsys):
    arguments = ["--base-url", hub.url, "--backend", "pos", "--secret", SECRET]
    assert main([*arguments, "--count", "5"]) == 0
    assert json.loads(capsys.readouterr().out) == {"accepted": 5, "requests": 5}
    hub.script = [422]
    assert main([*arguments, "--count", "1", "--seed", "1"]) == 1
