"""The screens of members' life: who is who, what they agreed to, being forgotten."""

from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.test_screens import Page, ScreensCase

from ..models.loyalty_member_matching import Key
from ..tools.consent import Proof, Word
from . import factories as make

#: lists, by the end of their path
LISTS = (
    "members",
    "consents",
    "unmatched",
    "erasures",
    "entries",
    "lots",
    "holds",
    "pending",
    "refusals",
    "adjustments",
)


@tagged("post_install", "-at_install", "retail_browser")
class TestScreensPeople(ScreensCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        env = cls.env
        program = make.make_program(env, "friends")
        cls.ann, cls.anna = (
            make.make_member(
                env,
                program,
                partner_id=env["res.partner"]
                .create({"name": name, "email": "ann@example.com"})
                .id,
            )
            for name in ("Ann Peeters", "Anna Peeters")
        )
        ledger, consents = env["retail.loyalty.ledger"], env["retail.loyalty.consent"]
        ledger._post([make.accrual(cls.anna._account(), 120)])
        for days, decision in ((9, "given"), (2, "withdrawn")):
            at = ledger._now() - timedelta(days=days)
            word = Word("marketing_email", decision, at, "web", Proof("2026-03"))
            consents._say(cls.ann, word)
        for name in ("Bea Maes", "B. Maes"):
            env["res.partner"].create({"name": name, "email": "bea@example.com"})
        members = env["retail.loyalty.member"]
        members._enrol(program, [Key("email", "bea@example.com")], "Bea")
        env["retail.loyalty.duplicate"]._find_duplicates(program)
        env["retail.loyalty.erasure"].create({"member_id": cls.ann.id, "ref": "C-7"})
        cls.pair = env["retail.loyalty.duplicate"].search(
            [("program_id", "=", program.id)], limit=1
        )
        env.flush_all()

    def test_people_are_told_apart_and_made_one(self):
        merge = "button[name=action_merge]"
        again = (
            "[...document.querySelectorAll('button')]"
            ".find((b) => b.textContent.trim() === 'Make active again').click();"
        )
        member = f"retail-loyalty-members/{self.ann.id}"
        consent = f"retail-loyalty-consents/{self.ann.consent_ids[0].id}"
        self._look_through(
            *(
                Page(f"loyalty_{n}", f"retail-loyalty-{n}", ".o_list_view")
                for n in LISTS
            ),
            Page("loyalty_consent", consent, "div[name=ip]"),
            Page("loyalty_member_people", member, ".o_form_statusbar button"),
            Page(
                "loyalty_duplicates",
                "retail-loyalty-duplicates",
                merge,
                do=f"document.querySelector({merge!r}).click();",
            ),
        )
        merged = self.env["retail.loyalty.merge"]._merge(self.anna, self.ann, "both")
        self.ann._suspend("Three cards, one hand")
        self.env.flush_all()
        self._look_through(
            Page("loyalty_merges", "retail-loyalty-merges", ".o_data_row"),
            Page(
                "loyalty_merge",
                f"retail-loyalty-merges/{merged.id}",
                "div[name=points_returnable]",
            ),
            Page(
                "loyalty_member_suspended",
                member,
                ".o_retail_member_entry",
                do=again,
            ),
        )
