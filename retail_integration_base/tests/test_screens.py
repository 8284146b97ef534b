"""The screens as people see them, in a real Chromium.

Looks for broken screens, not for business rules. With ``RETAIL_SCREENSHOT_DIR`` set it
also keeps the pictures that ``docs/images`` shows.
"""

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from lxml import etree

from odoo.models import BaseModel
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tests.common import ChromeBrowser

from odoo.addons.web.tests import test_js

from ..models.credential import KEYS_VARIABLE
from ..tools import http_client
from ..tools.http_client import OutboundRequest, OutboundResponse
from ..tools.http_trust import Trust
from ..tools.keyring import generate_key
from . import shop_day

SCREENSHOT_DIR = "RETAIL_SCREENSHOT_DIR"
ROLES = (
    "group_user",
    "group_auditor",
    "group_operator",
    "group_finance",
    "group_steward",
    "group_admin",
    "group_security",
)
#: Fields of the record itself, not those of its lines.
OWN_FIELDS = "//field[not(ancestor::field)]/@name"
READY = "odoo.isReady === true"
#: Time for avatars and fonts, after the screen's last part is there.
SETTLED = "setTimeout(() => console.log('test successful'), 1000)"
#: Opens each page as a link within the web client does, which is much quicker than a
#: browser of its own; ends like SETTLED.
TURN_PAGES = """
const pages = %s;
const { router } = odoo.loader.modules.get("@web/core/browser/router");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const shown = async (page, old) => {
    for (let tries = 0; tries < 600; tries++) {
        const part = document.querySelector(page.part);
        if (part && !old?.isConnected) return;
        await pause(50);
    }
    throw new Error(`${page.path} never showed ${page.part}`);
};
const open = (path) => {
    const url = new URL(path, location.origin);
    const state = { nextState: router.urlToState(url) };
    history.pushState(state, "", url);
    window.dispatchEvent(new PopStateEvent("popstate", { state }));
};
(async () => {
    for (const [index, page] of pages.entries()) {
        const old = document.querySelector(".o_action_manager > *");
        if (index) open(page.path);
        await shown(page, index ? old : null);
        new Function(page.code)();
        await pause(300);
    }
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""
CLICK_EVERYWHERE = (
    "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
    ".startClickEverywhere('retail_integration_base.menu_root', %s)"
)


class Page(NamedTuple):
    """A screen to look at; ``do`` is JavaScript for when ``part`` of it is there."""

    name: str
    path: str
    part: str
    do: str = ""


class ScreensCase(HttpCase):
    """A browser in front of a shop after a busy morning."""

    browser_size = "1440x900"

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        keys = patch.dict(os.environ, {KEYS_VARIABLE: generate_key()})
        keys.start()
        cls.addClassCleanup(keys.stop)
        cls.env.ref("base.EUR").active = True
        cls.env.company.currency_id = cls.env.ref("base.EUR")
        cls.env.ref("base.user_admin").tour_enabled = False
        shop_day.open_shop(cls.env, "http://127.0.0.1:9/events")
        with patch.object(http_client, "send", cls._answer):
            shop_day.play(cls.env, cls.env.flush_all)

    @staticmethod
    def _answer(
        request: OutboundRequest, session_key: str, trust: Trust
    ) -> OutboundResponse:
        """Answer as a partner that takes everything but returns."""
        if b'"kind": "return"' in (request.body or b""):
            return OutboundResponse(422, {}, b"returns: not before launch", 0.03)
        return OutboundResponse(204, {}, b"", 0.03)

    def _look(
        self, name: str, path: str, part: str, *, do: str = "", login: str = "admin"
    ) -> None:
        """Open a screen, wait for its last part and keep a picture of it.

        :param do: JavaScript to run before the picture is taken
        """
        with self._camera(name):
            self.browser_js(
                f"/odoo/{path}",
                do + SETTLED,
                f"!!document.querySelector({part!r})",
                login=login,
            )

    def _look_through(self, *pages: Page, login: str = "admin") -> None:
        """Open several screens one after the other; pictures need one browser each."""
        if os.environ.get(SCREENSHOT_DIR):
            for page in pages:
                self._look(page.name, page.path, page.part, do=page.do, login=login)
            return
        turned = [
            {"path": f"/odoo/{page.path}", "part": page.part, "code": page.do}
            for page in pages
        ]
        self.browser_js(
            turned[0]["path"],
            TURN_PAGES % json.dumps(turned),
            READY,
            login=login,
            timeout=60 * len(pages),
        )

    @contextmanager
    def _camera(self, name: str) -> Iterator[None]:
        folder = os.environ.get(SCREENSHOT_DIR)
        if not folder:
            yield
            return
        wait_code_ok = ChromeBrowser._wait_code_ok

        def photograph(browser: ChromeBrowser, *args: object, **kwargs: object):
            wait_code_ok(browser, *args, **kwargs)
            picture = browser._websocket_request("Page.captureScreenshot")["data"]
            Path(folder, f"{name}.png").write_bytes(base64.b64decode(picture))

        with patch.object(ChromeBrowser, "_wait_code_ok", photograph):
            yield

    def message(self, event_key: str) -> BaseModel:
        return self.env["retail.inbox.event"].search([("event_key", "=", event_key)])


@tagged("post_install", "-at_install", "retail_browser")
class TestScreens(ScreensCase):
    def test_administrator_opens_every_menu_view_and_filter(self):
        self._click_everywhere("admin")

    def test_plain_user_opens_every_menu(self):
        new_test_user(self.env, "plain", "retail_integration_base.group_user")
        self._click_everywhere("plain", light=True)

    def _click_everywhere(self, login: str, light: bool = False) -> None:
        self.browser_js(
            "/odoo",
            CLICK_EVERYWHERE % ("true" if light else "false"),
            READY,
            login=login,
            timeout=300,
            success_signal="clickbot test succeeded",
        )

    def test_unknown_product_is_mapped_from_its_card(self):
        self._tour("retail-exceptions", "retail_map_and_replay")
        green = [("external_id", "=", "MUG-GREEN")]
        links = self.env["retail.external.id"].search(green)
        self.assertEqual(links.mapped("external_id"), ["MUG-GREEN"])
        solved = self.env["retail.exception"].search(
            [("state", "=", "resolved"), ("mapping_value", "=", "MUG-GREEN")]
        )
        self.assertEqual(solved.mapped("resolution"), ["mapped", "mapped"])

    def test_many_exceptions_are_accepted_at_once(self):
        # Tests with connections of their own leave exceptions of other systems.
        own = (shop_day.TILLS, shop_day.WEBSHOP, shop_day.INSIGHTS)
        others = [("backend_id.code", "not in", own)]
        self.env["retail.exception"].search(others)._resolve("accepted", "Left over.")
        self._tour("retail-exceptions?view_type=list", "retail_bulk_accept")
        left = self.env["retail.exception"].search([("state", "!=", "resolved")])
        self.assertFalse(left)

    def test_story_is_found_by_receipt_number_or_correlation_id(self):
        self._tour("retail-trace", "retail_trace")
        self._tour("retail-trace", "retail_trace_while_typing")

    def test_message_leads_to_its_whole_story(self):
        event = self.message("12-3-1041")
        self._tour(f"retail-incoming/{event.id}", "retail_trace_from_message")

    def _tour(self, path: str, name: str) -> None:
        self.start_tour(f"/odoo/{path}", name, login="admin")

    def test_every_role_reads_what_its_forms_show(self):
        for role in ROLES:
            user = new_test_user(self.env, role, f"retail_integration_base.{role}")
            for action in self._actions():
                records = self.env[action.res_model].with_user(user)
                if not records.has_access("read"):
                    continue
                with self.subTest(role=role, model=records._name):
                    record = records.search([], limit=1)
                    for view_type in ("list", "form"):
                        arch = records.get_view(view_type=view_type)["arch"]
                        shown = etree.fromstring(arch).xpath(OWN_FIELDS)
                        record.read(sorted(set(shown)))

    def _actions(self) -> BaseModel:
        known = self.env["ir.model.data"].search(
            [
                ("module", "=", "retail_integration_base"),
                ("model", "=", "ir.actions.act_window"),
            ]
        )
        return self.env["ir.actions.act_window"].browse(known.mapped("res_id"))

    def test_payload_is_not_on_the_screen_of_a_plain_user(self):
        plain = new_test_user(self.env, "plain", "retail_integration_base.group_user")
        for model in ("retail.inbox.event", "retail.outbox.event"):
            with self.subTest(model=model):
                messages = self.env[model].with_user(plain)
                self.assertNotIn("payload", messages.get_view(view_type="form")["arch"])


@tagged("post_install", "-at_install", "retail_browser")
class TestWidgets(HttpCase):
    """The unit tests of our own widgets (``static/tests``)."""

    def test_payload_is_laid_out_as_received(self):
        suite = test_js.HOOTCommon._generate_hash(self, "@retail_integration_base")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            login="admin",
            timeout=120,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )


@tagged("post_install", "-at_install", "retail_browser")
class TestPictures(ScreensCase):
    """The screens that the documentation shows."""

    def test_screens_that_the_documentation_shows(self):
        mapping = self.env["retail.exception"].search(
            [("category", "=", "mapping")], limit=1
        )
        message = self.message("12-3-1047")
        admin = self.env.ref("base.user_admin")
        trace = self.env["retail.trace"].with_user(admin)
        story = trace.create({"correlation_id": "corr-12-3-1041"})
        tills = self.env["retail.backend"].search([("code", "=", shop_day.TILLS)])
        self._look_through(
            Page("exceptions", "retail-exceptions", ".o_kanban_record .o_avatar img"),
            Page(
                "exception",
                f"retail-exceptions/{mapping.id}",
                "button[name=action_map_and_replay]",
            ),
            Page("message", f"retail-incoming/{message.id}", ".o_retail_json_text"),
            Page("trace", f"retail-trace/{story.id}", ".o_retail_step_effect"),
            Page(
                "backend",
                f"retail-backends/{tills.id}",
                ".o_field_widget[name=events_address]",
            ),
            Page("transactions", "retail-transactions", ".o_data_row"),
        )
