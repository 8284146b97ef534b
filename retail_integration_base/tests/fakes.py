"""Stand-ins for partner systems in Odoo tests: real HTTP on loopback.

The full simulators, with faults and a journal, are in ``tests/simulators`` at the root.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class PartnerHandler(BaseHTTPRequestHandler):
    """One connection to a ``Partner``."""

    def do_POST(self) -> None:
        partner = self.server.partner
        body = self.rfile.read(int(self.headers["Content-Length"]))
        partner.received.append((dict(self.headers), body))
        answer = partner.answers.pop(0) if partner.answers else 204
        parts = answer if isinstance(answer, tuple) else (answer,)
        if parts[0] == 0:
            self.connection.close()
            return
        self.reply(*parts)

    def do_GET(self) -> None:
        """Tell whether a message was received: /messages/<id>."""
        partner = self.server.partner
        partner.asked.append(self.path)
        known = {headers["webhook-id"] for headers, _body in partner.received}
        status = 200 if self.path.rpartition("/")[2] in known else 404
        self.reply(partner.asked_status or status)

    def reply(
        self, status: int, headers: dict | None = None, body: bytes = b""
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


class Partner:
    """A subscriber on loopback that answers as told and remembers what it got."""

    def __init__(self) -> None:
        #: status, or status and headers, or status, headers and body; 0 hangs up
        self.answers: list[int | tuple] = []
        self.received: list[tuple[dict, bytes]] = []
        #: paths of questions for messages, and what to answer instead of the truth
        self.asked: list[str] = []
        self.asked_status: int | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), PartnerHandler)
        self._server.partner = self
        base = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{base}/events"
        self.outcome_url = f"{base}/messages/{{id}}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Lists:
    """A partner with a list to poll, which answers as told.

    ``items`` are handed out ``per_page`` at a time, with the position as cursor.
    ``answers`` come first, one per request: a status, raw bytes, or a page as dict.
    """

    def __init__(self, *items: dict, per_page: int = 2) -> None:
        self.items = list(items)
        self.per_page = per_page
        self.answers: list[int | bytes | dict | None] = []
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        lists = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                lists.asked.append({name: values[0] for name, values in query.items()})
                lists.headers.append(dict(self.headers))
                answer = lists.answers.pop(0) if lists.answers else None
                if isinstance(answer, int):
                    return self.answer(answer, b"{}")
                if answer is None:
                    answer = lists.page(int(query.get("cursor", ["0"])[0]))
                if isinstance(answer, dict):
                    answer = json.dumps(answer).encode()
                return self.answer(200, answer)

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self, start: int) -> dict:
        """Return the page that begins at position ``start``."""
        end = start + self.per_page
        cursor = str(end) if end < len(self.items) else None
        return {"items": self.items[start:end], "next_cursor": cursor}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
