"""Whoever is merged, parted or erased here is so at the platform, or a person acts."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.retail_integration_base.tests.factories import make_user

from . import factories as make
from .common_platform import TOKEN, PlatformCase, simulated


@tagged("post_install", "-at_install")
class TestPlatformChanges(PlatformCase):
    def setUp(self) -> None:
        super().setUp()
        self.changes = self.env["retail.loyalty.platform.change"]
        self.other = make.make_member(self.env, self.program)
        self.old = self.other._account()

    def know_both(self) -> None:
        """Let Square know both members: 100 points here, 40 there."""
        phone = f"+1415666{len(self.square.seller.accounts):04d}"
        self.old_there = self.enrol_there(phone)
        self.env["retail.identity"].create(
            {"kind": "phone", "value": phone, "partner_id": self.other.partner_id.id}
        )
        self.give(100)
        self.give(40, self.old)
        self.tell()

    def merge(self):
        return self.env["retail.loyalty.merge"]._merge(
            self.other, self.member, "showed both phones"
        )

    def tell_changes(self) -> None:
        """Let the cron tell them, as if every wait was over."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retail_loyalty_platform_change SET next_at = created_at"
        )
        self.changes._cron_tell()
        self.env.invalidate_all()

    def change(self, kind: str = "merge"):
        mine = ("member_id", "in", (self.member | self.other).ids)
        return self.changes.search([mine, ("kind", "=", kind)])

    def exceptions(self, state: str = "open"):
        return self.env["retail.exception"].search(
            [
                ("backend_id", "=", self.program.backend_id.id),
                ("code", "=", "RET-4705"),
                ("state", "=", state),
            ]
        )

    def there_now(self) -> tuple[int, int]:
        return self.there["balance"], self.old_there["balance"]

    # --- merging ----------------------------------------------------------------------

    def test_points_of_merged_members_are_in_one_account_there_too(self):
        self.know_both()
        self.merge()
        self.take(130)
        lost = ["drop_after_accept", "accept", "garbage"]
        self.square.faults = self.faults.ScriptedFaults(lost)
        for _minute in range(5):
            self.tell()
        self.assertEqual(self.there_now(), (10, 0))
        self.assertEqual(self.balance().posted, 10)
        self.deliver_all()
        self.assertEqual(self.balance().posted, 10, "all of it was an echo")

    def deliver_all(self) -> None:
        """Let everything that moved there come in by the look at each member."""
        rows = self.env["retail.loyalty.platform.member"]
        refs = [self.there["id"], self.old_there["id"]]
        rows._ask(self.backend, refs, movements=True)
        self.settle()

    def test_what_square_cannot_do_is_left_to_a_person_until_it_is_done(self):
        self.know_both()
        self.merge()
        self.tell_changes()
        self.assertEqual(self.change().state, "waiting", "the points go first")
        self.tell()
        self.tell_changes()
        change = self.change()
        self.assertEqual((change.state, change.error_code), ("person", "RET-4705"))
        self.assertEqual(
            (change.member_ref, change.other_ref),
            (self.old_there["id"], self.there["id"]),
        )
        cause = self.exceptions().cause
        self.assertIn("Dashboard", cause)
        self.assertNotIn(self.old_there["id"], cause)
        del self.square.seller.accounts[self.old_there["id"]]
        self.env["retail.loyalty.platform.member"]._ask(
            self.backend, [self.old_there["id"]]
        )
        self.settle()
        self.assertEqual(self.change().state, "done", "Square has merged them")
        self.assertFalse(self.exceptions())
        self.assertEqual(len(self.exceptions("resolved")), 1)

    def test_points_that_are_not_there_are_not_given_and_hold_nobody_up(self):
        self.know_both()
        self.old_there["balance"] = 15
        self.merge()
        self.give(3)
        self.tell()
        self.tell()
        taking, giving, later = (self.orders_of_both())[-3:]
        self.assertEqual(
            [one.state for one in (taking, giving, later)],
            ["refused", "refused", "done"],
        )
        self.assertEqual(self.there_now(), (103, 15))
        self.old_there["balance"] = 40
        giving.action_try_again()
        self.tell()
        self.tell()
        self.assertEqual(self.there_now(), (143, 0))

    def orders_of_both(self):
        return self.env["retail.loyalty.platform.order"].search(
            [("member_id", "in", (self.member | self.other).ids)], order="id"
        )

    def test_account_of_the_absorbed_is_the_survivors_where_it_is_the_only_one(self):
        self.old_there = self.there
        self.other.platform_ref = self.there["id"]
        self.give(40, self.old)
        self.tell()
        self.merge()
        self.assertEqual(self.member.platform_ref, self.there["id"])
        self.take(30)
        self.tell()
        self.tell()
        self.assertEqual(set(self.orders_of_both().mapped("state")), {"done"})
        self.assertEqual(self.there["balance"], 10)
        told = [one for one in self.square.exchanges if one.path.endswith("adjust")]
        self.assertEqual(len(told), 1, "nothing goes from an account to itself")
        self.assertFalse(self.change())

    def test_what_moves_in_the_old_account_is_the_survivors(self):
        self.know_both()
        self.merge()
        self.tell()
        self.tell()
        self.move_there(25, self.old_there)
        self.deliver_all()
        self.assertEqual(self.balance().posted, 165)
        self.assertEqual(self.balance(self.old).posted, 0)
        self.tell()
        self.tell()
        self.assertEqual(self.there_now(), (165, 0), "and goes over there as well")
        self.move_there(-5, self.old_there)
        self.deliver_all()
        self.assertEqual(self.balance().posted, 160)
        self.assert_rules()

    def test_parting_takes_points_back_and_the_merge_off_the_list(self):
        self.know_both()
        merge = self.merge()
        self.tell()
        self.tell()
        self.tell_changes()
        merge._unmerge("two sisters")
        self.assertEqual(self.change().state, "dropped")
        self.assertFalse(self.exceptions())
        self.tell()
        self.tell()
        self.assertEqual(self.there_now(), (100, 40))

    def test_merge_that_was_done_there_is_undone_by_a_person(self):
        self.know_both()
        merge = self.merge()
        self.tell()
        self.tell()
        self.tell_changes()
        reader = new_test_user(
            self.env, "reader", groups="retail_integration_base.group_operator"
        )
        with self.assertRaises(AccessError):
            self.change().with_user(reader).action_done_there()
        steward = make_user(self.env, "steward-there", "group_steward")
        self.change().with_user(steward).action_done_there()
        self.assertEqual(self.change().state, "done")
        self.assertFalse(self.exceptions())
        merge._unmerge("two sisters")
        self.tell()
        self.tell()
        self.tell_changes()
        self.assertEqual(self.change("part").state, "person")
        self.assertIn("part", self.exceptions().cause)

    # --- erasing ----------------------------------------------------------------------

    def erase(self):
        one, two = (
            make_user(self.env, f"steward-{name}", "group_steward") for name in "ab"
        )
        order = self.env["retail.loyalty.erasure"].with_user(one)
        order = order.create({"member_id": self.member.id, "ref": "C-7"})
        order.with_user(two).action_approve()
        return order

    def test_talon_one_forgets_whom_we_forget(self):
        platform = simulated("loyalty.talon_one").TalonOnePlatform(TOKEN)
        self.run_by("talon_one", platform, platform_program="5")
        self.give(10)
        self.tell()
        ref = self.member.platform_ref
        platform.application.attributes[ref] = {"Name": "Ada Byron"}
        order = self.erase()
        self.assertEqual(order.platform_state, "open")
        platform.outage = True
        self.tell_changes()
        self.assertEqual(self.change("erase").state, "waiting")
        platform.outage = False
        platform.faults = self.faults.ScriptedFaults(["drop_after_accept"])
        self.tell_changes()
        self.assertEqual(self.change("erase").state, "waiting")
        self.tell_changes()
        self.assertEqual(platform.application.attributes, {})
        self.assertEqual(
            (self.change("erase").state, order.platform_state),
            (
                "done",
                "told",
            ),
        )
        self.assertFalse(self.member.platform_ref)
        self.assertNotEqual(self.change("erase").member_ref, ref)

    def test_square_is_told_by_a_person_and_then_the_account_is_forgotten(self):
        self.give(10)
        self.tell()
        order = self.erase()
        self.tell_changes()
        change = self.change("erase")
        self.assertEqual((change.state, order.platform_state), ("person", "open"))
        self.assertIn("Delete the customer", self.exceptions().cause)
        change.action_done_there()
        self.env.invalidate_all()
        self.assertEqual(order.platform_state, "told")
        self.assertEqual(change.member_ref, f"erased-{change.id}")
        self.assertFalse(self.exceptions())
