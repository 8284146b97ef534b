"""What moves in the ledger is told to the platform, once and in order."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.retail_integration_base.tools.errors import ConfigurationError
from odoo.addons.retail_integration_base.tools.paging import PageQuery

from ..tools.error_ledger import AdjustmentUnapproved
from ..tools.platform import Balance
from . import factories as make
from .common_platform import PlatformCase


@tagged("post_install", "-at_install")
class TestPlatformOrders(PlatformCase):
    def test_movements_are_told_and_both_sides_agree(self):
        earned = self.give(250)
        hold = self.reserve(100)
        self.capture(hold, 60)
        self.reverse(earned, 50)
        self.assertEqual(
            self.orders().mapped(lambda one: (one.kind, one.points, one.state)),
            [
                ("accrue", 250, "waiting"),
                ("capture", 60, "waiting"),
                ("reverse", 50, "waiting"),
            ],
        )
        self.tell()
        self.assertEqual(set(self.orders().mapped("state")), {"done"})
        self.assertEqual(self.orders().mapped("moved"), [250, -60, -50])
        self.assertEqual(self.there["balance"], self.balance().posted)
        self.assertEqual(self.there["balance"], 140)

    def test_member_is_found_by_phone_and_remembered(self):
        self.give(5)
        self.tell()
        self.assertEqual(self.member.platform_ref, self.there["id"])
        asked = len([e for e in self.square.exchanges if e.path.endswith("search")])
        self.give(5)
        self.tell()
        again = len([e for e in self.square.exchanges if e.path.endswith("search")])
        self.assertEqual(asked, again)

    def test_lost_answers_are_settled_without_a_second_effect(self):
        for fault in ("drop_after_accept", "truncate", "garbage", "500"):
            with self.subTest(fault):
                before = self.there["balance"]
                self.give(40)
                self.square.faults = self.faults.ScriptedFaults([fault])
                self.tell()
                order = self.orders()[-1]
                self.assertEqual(order.state, "waiting")
                self.assertIn(order.error_code, ("RET-2001", "RET-4701"))
                self.tell()
                self.assertEqual((order.state, order.attempt_count), ("done", 2))
                self.assertEqual(self.there["balance"], before + 40)

    def test_repeated_posting_is_told_once(self):
        posted = self.give(30)
        self.give(30, uuid=posted.uuid)
        self.assertEqual(len(self.orders()), 1)

    def test_what_a_worker_left_behind_is_taken_up_again(self):
        self.give(30)
        orders = self.env["retail.loyalty.platform.order"]
        self.env.flush_all()
        self.assertEqual(len(orders._claim()), 1)
        self.tell()
        self.assertEqual(self.orders().state, "sending", "its worker may still live")
        self.env.cr.execute(
            "UPDATE retail_loyalty_platform_order"
            " SET claimed_at = claimed_at - interval '1 hour'"
        )
        self.tell()
        self.assertEqual((self.orders().state, self.there["balance"]), ("done", 30))

    def test_platform_that_says_no_opens_an_exception_and_holds_nobody_up(self):
        self.give(30)
        self.tell()
        self.there["balance"] = 10
        self.take(30)
        self.give(7)
        self.tell()
        spent, given = self.orders()[1:]
        self.assertEqual((spent.state, given.state), ("refused", "done"))
        found = self.env["retail.exception"].search(
            [("backend_id", "=", self.backend.id), ("code", "=", "RET-4702")]
        )
        self.assertEqual(len(found), 1)
        self.assertIn("not_enough", spent.error)
        self.there["balance"] += 30
        spent.action_try_again()
        self.tell()
        self.assertEqual((spent.state, self.there["balance"]), ("done", 17))

    def test_what_the_set_up_prevents_goes_on_once_it_is_mended(self):
        self.backend.platform_location = False
        self.give(30)
        self.give(5)
        self.tell()
        first, later = self.orders()
        self.assertEqual((first.state, first.error_code), ("waiting", "RET-3001"))
        self.assertEqual((later.state, later.attempt_count), ("waiting", 0))
        self.tell()
        found = self.env["retail.exception"].search(
            [("backend_id", "=", self.backend.id), ("code", "=", "RET-3001")]
        )
        self.assertEqual(len(found), 1)
        self.backend.platform_location = self.state.LOCATION
        self.tell()
        self.assertEqual(set(self.orders().mapped("state")), {"done"})
        self.assertEqual(self.there["balance"], 35)

    def test_member_that_nobody_knows_holds_back_only_what_is_theirs(self):
        stranger = make.make_member(self.env, self.program)
        self.give(5, stranger._account())
        self.give(3, stranger._account())
        self.give(30)
        self.tell()
        self.assertEqual(self.there["balance"], 30)
        orders = self.env["retail.loyalty.platform.order"].search(
            [("member_id", "=", stranger.id)], order="id"
        )
        self.assertEqual(orders.mapped("state"), ["stuck", "waiting"])
        self.assertEqual(orders[0].error_code, "RET-1202")

    def test_only_operators_send_again(self):
        self.give(30)
        reader = new_test_user(
            self.env, "reader", groups="retail_integration_base.group_user"
        )
        with self.assertRaises(AccessError):
            self.orders().with_user(reader).action_try_again()

    def test_program_without_a_platform_tells_nobody(self):
        self.program.backend_id = False
        self.give(30)
        self.assertFalse(self.orders())

    def test_what_the_platform_told_us_is_not_told_back(self):
        self.give(30, movement_id=7)
        self.assertFalse(self.orders())

    def test_callers_word_does_not_make_points_the_platforms(self):
        """Whoever names the channel ``platform`` is told as anybody else."""
        said = make.source(channel="platform")
        earned = self.give(30, source=said)
        self.take(10, source=said)
        self.reverse(earned, 5, source=said)
        self.assertEqual(self.orders().mapped("kind"), ["accrue", "capture", "reverse"])
        self.program.adjustment_limit = 100
        by_hand = make.adjustment(self.account, 101, source=said)
        with self.assertRaises(AdjustmentUnapproved):
            self.ledger._post([by_hand])
        with self.assertRaisesRegex(ValueError, "nobody posts"):
            make.posting(self.account, "expiry", -5, source=said)

    def test_balance_of_the_platform_is_asked_through_the_gate(self):
        self.there["balance"] = 12
        client = self.backend._platform_client()
        found = self.backend._carry_out(client.balance(self.there["id"]))
        self.assertEqual(found, Balance(member_id=self.there["id"], points=12))

    def test_everybodys_movements_are_listed_page_by_page(self):
        for points in range(1, 36):
            self.give(points)
        self.tell()
        self.tell()
        found, cursor = [], None
        while True:
            query = PageQuery("movements", cursor=cursor)
            page = self.backend._connector()._fetch_page(self.backend, query)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        mine = {one["id"]: one for one in found if one["member"] == self.there["id"]}
        self.assertEqual(set(mine), set(self.orders().mapped("movement_ref")))
        self.assertEqual(sum(one["points"] for one in mine.values()), 630)
        with self.assertRaisesRegex(ConfigurationError, "movements"):
            self.backend._connector()._fetch_page(self.backend, PageQuery("orders"))

    def test_missing_token_is_told_by_name(self):
        self.backend.credential_ids.filtered(lambda one: one.purpose == "api").unlink()
        with self.assertRaisesRegex(ConfigurationError, "API credential"):
            self.backend._platform_client()

    def test_each_connector_makes_its_client(self):
        settings = {
            "platform_program": "5",
            "platform_application": "app",
            "platform_decimals": 2,
        }
        self.backend.write(settings)
        for name, vendor in (
            ("square", "Square"),
            ("talon_one", "Talon.One"),
            ("voucherify", "Voucherify"),
        ):
            self.backend.connector = f"retail.connector.{name}"
            self.assertEqual(self.backend._platform_client().vendor, vendor)
        chosen = dict(self.env["retail.backend"]._selection_connector())
        self.assertEqual(chosen["retail.connector.talon_one"], "Talon.One")
        self.assertNotIn("retail.connector.platform", chosen, "only for inheriting")
        self.backend.connector = "retail.connector.talon_one"
        self.backend.platform_program = "main"
        with self.assertRaisesRegex(ConfigurationError, "numbers"):
            self.backend._platform_client()
