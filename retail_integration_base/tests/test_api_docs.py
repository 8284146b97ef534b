"""The page from which partners integrate: true, complete, and safe to look at."""

import json
import re
import subprocess
import urllib.request
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tests.common import HOST, TEST_CURSOR_COOKIE_NAME

from ..schemas.api_examples import EVENT_EXAMPLE
from . import factories as make
from .common_http import GatewayCase

BLOCK = re.compile(r"<div class=.code.><pre><code>(.*?)</code>", re.S)
VOID = {"meta", "link"}


class _Tags(HTMLParser):
    """Notes ids, inner links and whether every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        """Note what an element says of itself."""
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
        elif "href" in values or "src" in values:
            self.sources.append(values.get("href") or values["src"])

    def handle_endtag(self, tag: str) -> None:
        """Check that it is the innermost one that ends."""
        assert self.open.pop() == tag, tag


@tagged("post_install", "-at_install")
class TestApiDocs(GatewayCase):
    def page(self) -> str:
        response = self.url_open("/retail/v1/docs")
        self.assertEqual(response.status_code, 200)
        self.assertIn("text/html", response.headers["Content-Type"])
        self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])
        return response.text

    def blocks(self) -> list[str]:
        return [unescape(found) for found in BLOCK.findall(self.page())]

    def test_page_is_well_formed_and_its_links_lead_somewhere(self):
        tags = _Tags()
        tags.feed(self.page())
        self.assertFalse(tags.open)
        self.assertEqual(len(tags.ids), len(set(tags.ids)))
        inner = {link[1:] for link in tags.links if link.startswith("#")}
        self.assertFalse(inner - set(tags.ids))

    def test_page_needs_nothing_from_elsewhere(self):
        tags = _Tags()
        tags.feed(self.page())
        for source in tags.sources:
            with self.subTest(source):
                self.assertTrue(source.startswith("/retail_integration_base/static/"))
                self.assertEqual(self.url_open(source).status_code, 200)

    def test_every_operation_and_topic_is_on_the_page(self):
        page = self.page()
        document = self.url_open("/retail/v1/openapi.json").json()
        for item in document["paths"].values():
            for operation in item.values():
                self.assertIn(f'id="{operation["operationId"]}"', page)
        for topic in self.env["retail.topic"]._published():
            self.assertIn(f'id="{topic.name}"', page)

    def test_words_of_records_are_escaped(self):
        topic = self.env.ref("retail_integration_base.topic_pos_receipt_v1")
        topic.description = "<script>alert(1)</script> & more"
        self.assertNotIn("<script>alert", self.page())

    def test_problem_leads_to_its_line(self):
        response = self.url_open("/retail/v1/errors/RET-1104")
        self.assertEqual(response.status_code, 200)
        self.assertIn("Payload invalid", response.text)
        self.assertIn("/retail/v1/docs#RET-1104", response.text)
        self.assertIn('id="RET-1104"', self.page())
        response = self.url_open("/retail/v1/errors/RET-9999")
        self.assertProblem(response, 404, "RET-1403")

    # --- the examples, run as they stand ----------------------------------------------

    def example(self, start: str, **texts: str) -> str:
        """Return the example that starts so, with a partner's own values in it."""
        (found,) = (block for block in self.blocks() if block.startswith(start))
        for old, new in texts.items():
            found = found.replace({"key": "rtk_…", "secret": "whsec_…"}[old], new)
        return found

    def run_python(self, source: str, statement: str) -> object:
        """Run an example as a partner would, in the test's own transaction."""
        self.env.cr.flush()
        self.env.cr.clear()
        names: dict = {}
        with self.allow_requests():
            opener = urllib.request.build_opener()
            cookie = f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}"
            opener.addheaders = [("Cookie", cookie)]
            with patch.object(urllib.request, "urlopen", opener.open):
                program = f"{source}\n\n\nresult = {statement}\n"
                exec(compile(program, "example", "exec"), names)  # noqa: S102 - our own page
                return names["result"]

    def test_signing_example_is_accepted(self):
        source = self.example("import base64", secret=make.SECRET)
        status, answer = self.run_python(source, f"send({EVENT_EXAMPLE!r})")
        self.assertEqual((status, answer["status"]), (202, "accepted"))

    def test_curl_example_is_accepted(self):
        _key, text = self.env["retail.api.key"]._issue(self.backend, "docs")
        source = self.example("KEY=", key=text)
        self.env.cr.flush()
        self.env.cr.clear()
        with self.allow_requests():
            cookie = f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}"
            source = source.replace("curl -i", f"curl --noproxy '*' -s -b '{cookie}'")
            done = subprocess.run(  # noqa: S603 - our own page
                ["/bin/bash", "-c", source], capture_output=True, check=True, timeout=30
            )
        self.assertEqual(json.loads(done.stdout)["status"], "accepted")
        self.assertIn(HOST, source)

    def test_paging_example_reads_every_page(self):
        events = [make.make_event() for _n in range(3)]
        self.receive(*events)
        self.work()
        _key, text = self.env["retail.api.key"]._issue(
            self.backend, "docs", "transactions:read"
        )
        source = self.example("import json, urllib.request", key=text)
        found = self.run_python(source, "list(transactions(limit=2, store=12))")
        self.assertEqual(len(found), 3)

    # --- contracts that end -----------------------------------------------------------

    def test_sender_of_an_ending_contract_is_told(self):
        topic = self.env.ref("retail_integration_base.topic_pos_receipt_v1")
        self.assertNotIn("Deprecation", self.send(make.make_event()).headers)
        topic.deprecated_date = "2026-12-01"
        topic.sunset_date = "2027-06-30"
        response = self.send(make.make_event())
        self.assertEqual(response.status_code, 202)
        self.assertEqual(response.headers["Deprecation"], "@1796083200")
        self.assertEqual(response.headers["Sunset"], "Wed, 30 Jun 2027 23:59:59 GMT")
        self.assertIn('rel="deprecation"', response.headers["Link"])
        order = make.make_event(make.make_order(), topic="retail.order.placed.v1")
        self.assertNotIn("Sunset", self.send(order).headers)
        both = self.send(make.make_event(), order)
        self.assertIn("Sunset", both.headers)
        contract = self.url_open(f"/retail/v1/topics/{topic.name}")
        self.assertEqual(contract.headers["Sunset"], response.headers["Sunset"])
        self.assertIn("Ends after 2027-06-30", self.page())

    def test_contract_works_until_it_is_switched_off(self):
        topic = self.env.ref("retail_integration_base.topic_pos_receipt_v1")
        topic.sunset_date = fields.Date.today() - timedelta(days=1)
        self.assertEqual(self.send(make.make_event()).status_code, 202)
        topic.active = False
        self.assertProblem(self.send(make.make_event()), 422, "RET-1105")
