"""``Idempotency-Key``: one effect and one answer, however often a request comes.

Lives here: the header, what makes two requests the same, and the answer from memory.
Lives elsewhere: the memory and its lock (``models/idempotency_key.py``).
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from odoo.http import Response, request

from ..models.credential import key_ring
from ..models.idempotency_key import KeptAnswer
from ..tools import canonical
from ..tools.error_api import IdempotencyKeyInvalid
from .dispatcher import PROBLEM_TYPE, json_response

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
# A structured field string (quotes included, as the draft says), or bare as many send.
_SOUND_KEY = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e]{1,255})"|([!#-\[\]-~]{1,255})')


def answer_once(call: Any, make: Callable[[], Response]) -> Response:
    """Return the kept answer of this request, or make it and keep it.

    What ``make`` raises is not kept: it left no effect, so the request may come again.
    A problem that it returns did, and is kept like any answer.

    :raises IdempotencyKeyInvalid, IdempotencyKeyReused, StillRunning: nothing was done
    """
    key = _key_of(request.httprequest.headers.get(HEADER))
    memory = request.env["retail.idempotency.key"].sudo()
    kept = memory._claim(
        call.key, key, call.operation.operation_id, _fingerprint_of(call)
    )
    is_secret = call.operation.secret_answer
    if kept is not None:
        return _again(kept, is_secret=is_secret)
    response = make()
    body = response.get_data(as_text=True)
    location = response.headers.get("Location")
    # A dump of the database must not hold what only the caller may know.
    stored = key_ring().encrypt(body) if is_secret else body
    memory._keep(call.key, key, KeptAnswer(response.status_code, stored, location))
    return response


def _key_of(header: str | None) -> str:
    match = _SOUND_KEY.fullmatch((header or "").strip())
    if match is None:
        raise IdempotencyKeyInvalid(
            f"Send the header {HEADER}: a text of your own in quotes, such as a UUID, "
            "of up to 255 visible ASCII characters; the same when you repeat a "
            "request, a new one for each new request."
        )
    return match[1] or match[2]


def _fingerprint_of(call: Any) -> str:
    """Return what two requests have in common if they are the same."""
    httprequest = request.httprequest
    where = f"{httprequest.method} {httprequest.full_path}\n".encode()
    is_read = call.raw is not None or not call.operation.body
    # A route that reads its body itself: the same bytes are the same request.
    body = canonical.canonical_bytes(call.raw) if is_read else httprequest.get_data()
    return hashlib.sha256(where + body).hexdigest()


def _again(kept: KeptAnswer, *, is_secret: bool) -> Response:
    if kept.body:
        body = key_ring().decrypt(kept.body) if is_secret else kept.body
        kind = PROBLEM_TYPE if kept.status >= 400 else "application/json"
        response = json_response(body.encode(), status=kept.status, content_type=kind)
    else:
        response = Response(status=kept.status)
    if kept.location:
        response.headers["Location"] = kept.location
    response.headers[REPLAYED_HEADER] = "true"
    return response
