"""Ledger and platform are compared: delays are no drift, and the safe kinds heal."""

from odoo.tests import tagged

from .common_platform import PlatformCase


@tagged("post_install", "-at_install")
class TestPlatformDrift(PlatformCase):
    def setUp(self) -> None:
        # What other tests left at the platform would be drift.
        self.square.seller.accounts.clear()
        self.square.seller.events.clear()
        super().setUp()

    def make_rule(self, what: str, **values):
        """Return a rule as it is shipped, for this platform, switched on."""
        shipped = self.env.ref(
            f"retail_loyalty_connector.reconciliation_rule_loyalty_{what}"
        )
        rule = shipped.copy({"backend_id": self.backend.id, **values})
        rule.action_activate()
        return rule

    def compare(self, rule):
        """Compare now, all there is."""
        rule.lookback_days = 0
        rule.action_activate()
        rule.action_run_now()
        run = rule.run_ids.filtered(lambda one: one.state == "running")
        self.env.flush_all()
        run._step()
        self.env.invalidate_all()
        self.assertEqual(run.state, "done", run.error_message)
        return run

    def found(self, rule) -> list[tuple[str, str]]:
        """Return class and key of what is open."""
        lines = rule.line_ids.filtered(lambda one: one.state == "open")
        return sorted((one.kind, one.key) for one in lines)

    def test_balances_agree_but_for_what_is_really_lost(self):
        rule = self.make_rule("balances")
        self.give(100)
        self.tell()
        self.give(40)
        run = self.compare(rule)
        self.assertEqual(self.found(rule), [], "what is on its way is no drift")
        self.assertEqual(run.matched_count, 1)
        self.tell()
        self.there["balance"] -= 7
        self.compare(rule)
        self.assertEqual(self.found(rule), [("differs", self.there["id"])])
        line = rule.line_ids
        self.assertEqual((line.here["points"], line.there["points"]), (140, 133))
        self.there["balance"] += 7
        self.compare(rule)
        self.assertEqual(line.state, "agrees")

    def test_stranger_with_points_there_is_asked_about_and_enrolled(self):
        rule = self.make_rule("balances", heal_missing_here=True)
        self.give(1)
        self.tell()
        account = self.enrol_there("+14155559101")
        self.enrol_there("+14155559102")
        self.move_there(30, account)
        self.compare(rule)
        self.assertEqual(self.found(rule), [("missing_here", account["id"])])
        self.settle()
        self.compare(rule)
        self.assertEqual(self.found(rule), [])
        self.assertEqual(rule.line_ids.state, "agrees")

    def test_movements_missing_here_are_taken_over(self):
        rule = self.make_rule("movements")
        self.give(100)
        self.tell()
        lost = self.move_there(25)
        self.compare(rule)
        self.assertEqual(self.found(rule), [("missing_here", lost["id"])])
        self.settle()
        self.assertEqual(self.balance().posted, 125)
        run = self.compare(rule)
        self.assertEqual((self.found(rule), run.matched_count), ([], 2))

    def test_movements_missing_there_are_told_again(self):
        rule = self.make_rule("movements")
        self.give(100)
        self.tell()
        self.there["balance"] = 0
        self.take(30)
        self.tell()
        order = self.orders()[-1]
        self.assertEqual(order.state, "refused")
        self.there["balance"] = 100
        self.compare(rule)
        self.assertEqual(self.found(rule), [("missing_there", order.uuid)])
        self.assertEqual(order.state, "waiting", "healed")
        self.tell()
        self.compare(rule)
        self.assertEqual(self.found(rule), [])

    def test_amount_that_differs_is_for_its_owner(self):
        rule = self.make_rule("movements")
        self.give(100)
        self.tell()
        event = self.square.seller.events[-1]
        event["accumulate_points"]["points"] = 90
        self.compare(rule)
        self.assertEqual(self.found(rule), [("differs", event["id"])])
        event["accumulate_points"]["points"] = 100

    def test_changed_and_lost_movements_of_other_programs_are_not_ours(self):
        rule = self.make_rule("movements")
        self.program.backend_id = False
        self.give(100)
        self.assertEqual(self.compare(rule).here_count, 0)
