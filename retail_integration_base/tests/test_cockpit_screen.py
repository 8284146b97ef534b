"""The cockpit as people see it: desktop, phone, dark, without data, without network."""

from unittest.mock import patch

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from . import shop_day
from .test_screens import SETTLED, ScreensCase, TestPictures

PATH = "/odoo/retail-cockpit"
DRAWN = "document.querySelectorAll('.o_retail_canvas canvas').length >= 3"
NO_SIDEWAYS = """
const content = document.querySelector('.o_retail_cockpit_content');
if (content.scrollWidth > content.clientWidth + 1) {
    console.error(`wider than the screen: ${content.scrollWidth}`);
}
"""
#: every control says what it is, and none is reached by a pointer only
NAMED = """
for (const one of document.querySelectorAll(
    '.o_retail_cockpit_content button, .o_retail_cockpit_content select'
)) {
    if (!(one.getAttribute('aria-label') || one.textContent.trim())) {
        console.error(`nameless: ${one.outerHTML.slice(0, 200)}`);
    }
}
for (const one of document.querySelectorAll('.o_retail_cockpit_content canvas')) {
    if (!one.getAttribute('aria-label')) console.error('a chart without words');
}
"""


@tagged("post_install", "-at_install", "retail_browser")
class TestCockpitScreen(ScreensCase):
    _camera = TestPictures._camera

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        # As if the cron had come by twice since the morning.
        rules = cls.env["retail.alert.rule"].search([])
        rules.duration_minutes = 0
        rules._cron_check()

    def look(self, name: str, code: str = "", *, path: str = PATH, **kwargs) -> None:
        """Open the cockpit, run ``code`` on it, and keep a picture."""
        with self._camera(name):
            self.browser_js(
                path, code + SETTLED, kwargs.pop("ready", DRAWN), login="admin"
            )

    def test_desktop(self):
        self.look("cockpit", NAMED + NO_SIDEWAYS)

    def test_tile_opens_its_records_and_the_way_back_keeps_the_filter(self):
        self.start_tour(PATH, "retail_cockpit", login="admin")

    def test_dark(self):
        dark = "document.querySelector('[aria-label=\"Dark colours\"]').click();"
        self.look("cockpit_dark", dark + NO_SIDEWAYS)

    def test_first_screen_of_the_app_is_the_cockpit(self):
        menu = self.env.ref("retail_integration_base.menu_root")
        first = menu.child_id.sorted("sequence")[0]
        self.assertEqual(first.action.tag, "retail_cockpit")

    def test_figures_that_cannot_be_read_say_so(self):
        cockpit = type(self.env["retail.cockpit"])
        broken = patch.object(cockpit, "_scope", side_effect=KeyError("broken"))
        with broken, mute_logger("odoo.http"):
            self.look(
                "cockpit_failed",
                ready="!!document.querySelector('.o_retail_nothing button')",
            )

    def test_new_shop_is_told_what_to_do_next(self):
        company = self.env["res.company"].create({"name": "New Shop"})
        new_test_user(
            self.env,
            "newcomer",
            "retail_integration_base.group_admin",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self._camera("cockpit_new"):
            self.browser_js(
                PATH,
                SETTLED,
                "document.querySelector('.o_retail_nothing h2')?.textContent"
                " === 'Connect the first system'",
                login="newcomer",
            )

    def test_shop_day_has_what_the_tiles_show(self):
        data = self.env["retail.cockpit"].action_read({"period": "today"})
        values = {tile["key"]: tile["value"] for tile in data["tiles"]}
        self.assertGreater(values["sales"], 5)
        self.assertGreater(values["sales_failed"], 0)
        self.assertGreater(values["exceptions_open"], 0)
        names = {line["name"] for line in data["systems"]}
        self.assertIn("Tills Benelux", names)
        self.assertTrue(shop_day.TILLS)


@tagged("post_install", "-at_install", "retail_browser")
class TestCockpitPhone(ScreensCase):
    browser_size = "390x844"
    touch_enabled = True
    _camera = TestPictures._camera

    def test_phone(self):
        with self._camera("cockpit_phone"):
            self.browser_js(PATH, NAMED + NO_SIDEWAYS + SETTLED, DRAWN, login="admin")
