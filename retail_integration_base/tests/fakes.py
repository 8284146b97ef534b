"""Stand-ins for partner systems in Odoo tests: real HTTP on loopback.

The full simulators, with faults and a journal, are in ``tests/simulators`` at the root.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Partner:
    """A subscriber on loopback that answers as told and remembers what it got."""

    def __init__(self) -> None:
        self.answers: list[int | tuple[int, dict]] = []
        self.received: list[tuple[dict, bytes]] = []
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                partner.received.append((dict(self.headers), body))
                answer = partner.answers.pop(0) if partner.answers else 204
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                if status == 0:
                    self.connection.close()
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/events"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
