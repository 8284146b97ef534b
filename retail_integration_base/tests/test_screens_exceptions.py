"""The screens on which people decide, in a real Chromium, on a desk and on a phone."""

from odoo.models import BaseModel
from odoo.tests import new_test_user, tagged

from .test_screens import Page, ScreensCase

CATEGORIES = "retail_integration_base.exception_category_"
#: Opens the dialogue of a button.
CLICK = "document.querySelector('button[name=%s]').click();"
GROUPS = "base.group_user,retail_integration_base.group_%s"


class DecidingCase(ScreensCase):
    """The morning's exceptions; amounts take a second person from 20 on."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        for code in ("amount", "mapping"):
            cls.env.ref(CATEGORIES + code).write(
                {"four_eyes": "above", "four_eyes_amount": 20}
            )
        cls.first = new_test_user(cls.env, "first", GROUPS % "finance", name="Finn One")
        cls.second = new_test_user(
            cls.env, "second", GROUPS % "finance", name="Sam Two"
        )

    def problem(self, category: str) -> BaseModel:
        return self.env["retail.exception"].search(
            [("category", "=", category), ("state", "!=", "resolved")], limit=1
        )

    def propose(self) -> BaseModel:
        exception = self.problem("amount")
        exception.with_user(self.first)._end("written_off", "The till was replaced.")
        self.assertEqual(exception.state, "to_approve")
        return exception


@tagged("post_install", "-at_install", "retail_browser")
class TestDecidingScreens(DecidingCase):
    def test_two_people_end_a_large_matter(self):
        exception = self.problem("amount")
        path = f"/odoo/retail-exceptions/{exception.id}"
        self.start_tour(path, "retail_propose_write_off", login="first")
        exception.invalidate_recordset()
        self.assertEqual(exception.state, "to_approve")
        self.start_tour(path, "retail_agree", login="second")
        exception.invalidate_recordset()
        self.assertEqual(exception.resolution, "written_off")
        self.assertEqual(exception.resolved_by_id, self.first)
        self.assertEqual(exception.approved_by_id, self.second)


@tagged("post_install", "-at_install", "retail_browser")
class TestDecidingPictures(DecidingCase):
    def test_before_a_decision(self):
        exception = self.problem("amount")
        category = self.env.ref(CATEGORIES + "amount")
        self._look_through(
            Page("queue", "retail-my-exceptions", ".o_data_row"),
            Page(
                "category",
                f"retail-exception-categories/{category.id}",
                ".o_field_widget[name=step_ids] .o_data_row",
            ),
            Page(
                "decision",
                f"retail-exceptions/{exception.id}",
                "button[name=action_accept]",
                do=CLICK % "action_write_off",
            ),
        )

    def test_waiting_for_a_second_person(self):
        exception = self.propose()
        self._look(
            "second-person",
            f"retail-exceptions/{exception.id}",
            "button[name=action_approve]",
            login="second",
        )
        exception.with_user(self.second).action_approve()
        story = (
            self.env["retail.trace"]
            .with_user(self.env.ref("base.user_admin"))
            .create({"correlation_id": exception.correlation_id})
        )
        self._look(
            "trace-solved", f"retail-trace/{story.id}", ".o_retail_step_decision"
        )


@tagged("post_install", "-at_install", "retail_browser")
class TestDecidingOnAPhone(DecidingCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_what_is_decided_on_the_way(self):
        exception = self.problem("mapping")
        story = (
            self.env["retail.trace"]
            .with_user(self.env.ref("base.user_admin"))
            .create({"correlation_id": "corr-12-3-1041"})
        )
        cards = ".o_kanban_record"
        self._look_through(
            Page("phone-exceptions", "retail-exceptions", cards),
            Page("phone-queue", "retail-my-exceptions", cards),
            Page(
                "phone-exception",
                f"retail-exceptions/{exception.id}",
                ".o_field_widget[name=title]",
            ),
            Page("phone-trace", f"retail-trace/{story.id}", ".o_retail_step_effect"),
        )
