"""The examples of the guide, as partners copy them; tests run them as they stand."""

from __future__ import annotations

import json

from ..schemas.api_examples import EVENT_EXAMPLE

_EVENT = json.dumps(EVENT_EXAMPLE, indent=2)

CURL = f"""KEY=rtk_…
curl -i {{base_url}}/retail/v1/backends/till/events \\
  -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -d '{_EVENT}'"""

SIGNED = """import base64, hashlib, hmac, json, time, urllib.request

SECRET = "whsec_…"
URL = "{base_url}/retail/v1/backends/till/events"


def send(event):
    body = json.dumps(event).encode()
    stamp = str(int(time.time()))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = b".".join([event["id"].encode(), stamp.encode(), body])
    mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": event["id"],
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + mac,
    }
    request = urllib.request.Request(URL, body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, json.load(answer)"""

PAGES = """import json, urllib.request

KEY = "rtk_…"
BASE = "{base_url}"


def transactions(**filters):
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    cursor = ""
    while cursor is not None:
        url = f"{BASE}/retail/v1/transactions?{query}{cursor}"
        headers = {"Authorization": "Bearer " + KEY}
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            page = json.load(answer)
        yield from page["items"]
        cursor = page["next"] and f"&cursor={page['next']}\""""
