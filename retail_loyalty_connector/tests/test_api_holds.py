"""Paying with points over HTTP: reserve, capture, void, and every way to be refused."""

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base_make
from odoo.addons.retail_integration_base.tests.hostile import (
    HOSTILE_PLACES,
    hostile_bodies,
)

from . import factories as make
from .common_http import LoyaltyHttpCase


@tagged("post_install", "-at_install")
class TestApiHolds(LoyaltyHttpCase):
    def setUp(self):
        super().setUp()
        self.give(100)

    def held(self) -> tuple[int, int]:
        """Return what is posted and what is held."""
        self.env.invalidate_all()
        balance = self.balance()
        return balance.posted, balance.held

    # --- reserve ----------------------------------------------------------------------

    def test_reserved_points_are_told_with_state_time_and_value(self):
        self.backend.company_id.currency_id = self.env.ref("base.EUR")
        source = {"channel": "pos", "store": "12", "ref": "12/3/160"}
        response = self.hold(60, ttl_s=900, source=source)
        self.assertEqual(response.status_code, 201, response.text)
        answer = response.json()
        self.assertEqual((answer["state"], answer["points"]), ("open", 60))
        self.assertEqual(answer["member_id"], self.member.uuid)
        # Nothing says what a point is worth yet.
        self.assertIsNone(answer["value"])
        self.assertEqual(answer, self.get(f"/holds/{answer['hold_id']}").json())
        hold = self.env["retail.loyalty.hold"].search(
            [("uuid", "=", answer["hold_id"])]
        )
        self.assertEqual(
            (hold.channel, hold.store_id, hold.ref), ("pos", self.store, "12/3/160")
        )
        self.assertEqual(hold.ttl_s, 900)
        self.assertEqual(self.held(), (100, 60))
        self.assert_rules()

    def test_too_many_points_are_409_with_what_is_available_and_stay_refused(self):
        self.hold(60)
        body = {"hold_id": make.new_uuid(), "key": "refused"}
        response = self.hold(41, **body)
        problem = self.assertProblem(response, 409, "RET-4001")
        self.assertEqual(problem["available"], 40)
        self.give(500)
        # A new request with the same hold_id: the id has failed for good.
        again = self.hold(41, hold_id=body["hold_id"])
        self.assertProblem(again, 409, "RET-4001")
        # The same request again: the very same answer.
        replayed = self.hold(41, **body)
        self.assertEqual(replayed.headers["Idempotency-Replayed"], "true")
        self.assertEqual(replayed.status_code, 409)
        self.assertEqual(replayed.json(), problem)
        kind = replayed.headers["Content-Type"]
        self.assertEqual(kind, "application/problem+json")
        self.assertEqual(self.held(), (600, 60))
        state = self.get(f"/holds/{body['hold_id']}").json()["state"]
        self.assertEqual(state, "refused")

    def test_unknown_member_is_404(self):
        response = self.hold(10, member_id=make.new_uuid())
        self.assertProblem(response, 404, "RET-1403")

    def test_repeated_hold_is_made_once(self):
        body = {"hold_id": make.new_uuid()}
        first, again = self.hold(60, **body), self.hold(60, **body)
        self.assertEqual((first.status_code, again.status_code), (201, 200))
        self.assertEqual(first.json(), again.json())
        self.assertEqual(self.held(), (100, 60))

    def test_hold_id_with_other_content_is_a_conflict(self):
        body = {"hold_id": make.new_uuid()}
        self.hold(60, **body)
        self.assertProblem(self.hold(61, **body), 409, "RET-1301")
        self.assertEqual(self.held(), (100, 60))

    def test_idempotency_key_repeated_replays_and_reused_is_refused(self):
        body = {"hold_id": make.new_uuid(), "key": "one"}
        first, again = self.hold(60, **body), self.hold(60, **body)
        self.assertEqual((first.status_code, again.status_code), (201, 201))
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.assertProblem(self.hold(10, key="one"), 422, "RET-1407")
        self.assertProblem(self.hold(10, key=None), 400, "RET-1406")
        self.assertEqual(self.held(), (100, 60))

    def test_time_of_a_hold_is_the_programs_unless_named_and_never_above_its_most(self):
        self.program.write({"hold_ttl_s": 60, "hold_ttl_s_max": 120})
        hold = self.env["retail.loyalty.hold"]
        usual = self.hold(1).json()["hold_id"]
        self.assertEqual(hold.search([("uuid", "=", usual)]).ttl_s, 60)
        self.assertEqual(self.hold(1, ttl_s=120).status_code, 201)
        self.assertProblem(self.hold(1, ttl_s=121), 422, "RET-1104", "/ttl_s")

    def test_wrong_fields_are_named(self):
        for values, pointer in (
            ({"points": 0}, "/points"),
            ({"points": -1}, "/points"),
            ({"points": 1.5}, "/points"),
            ({"points": "10"}, "/points"),
            ({"points": True}, "/points"),
            ({"points": 2**53}, "/points"),
            ({"points": None}, "/points"),
            ({"hold_id": "x"}, "/hold_id"),
            ({"hold_id": make.new_uuid().upper()}, "/hold_id"),
            ({"member_id": 7}, "/member_id"),
            ({"ttl_s": 0}, "/ttl_s"),
            ({"ttl_s": 10**12}, "/ttl_s"),
            ({"source": {"store": "nowhere"}}, "/source/store"),
            ({"source": {"channel": "P O S"}}, "/source/channel"),
            ({"source": {"ref": "a\tb"}}, "/source/ref"),
            ({"wallet": "../"}, "/wallet"),
            ({"pionts": 1}, "/pionts"),
        ):
            with self.subTest(values):
                response = self.hold(**{"points": 1, **values})
                self.assertProblem(response, 422, "RET-1104", pointer)
        self.assertEqual(self.held(), (100, 0))

    def test_unknown_wallet_is_404(self):
        self.assertProblem(self.hold(1, wallet="stamps"), 404, "RET-1403")

    def test_suspended_member_reserves_nothing(self):
        self.member.state = "suspended"
        self.assertProblem(self.hold(1), 409, "RET-4101")

    def test_outage_policy_refuses_new_holds_and_keeps_the_promised_ones(self):
        """R15: while the platform is away the program decides what may be spent."""
        platform = base_make.make_backend(
            self.env, "square", kind="loyalty", state="paused"
        )
        before = {"hold_id": make.new_uuid()}
        self.assertEqual(self.hold(10, **before).status_code, 201)
        self.program.write({"backend_id": platform.id, "outage_policy": "refuse"})
        new = {"hold_id": make.new_uuid()}
        refused = self.hold(10, **new)
        self.assertProblem(refused, 503, "RET-2203")
        self.assertTrue(refused.headers["Retry-After"])
        self.assertEqual(self.hold(10, **before).status_code, 200)
        path = f"/holds/{before['hold_id']}/capture"
        self.assertEqual(self.do(path, {}).status_code, 200)
        self.program.outage_policy = "trust"
        self.assertEqual(self.hold(10, **new).status_code, 201)
        self.assertEqual(self.held(), (90, 10))

    # --- capture ----------------------------------------------------------------------

    def test_captured_twice_is_the_same_answer_and_otherwise_409(self):
        hold = self.hold(60).json()["hold_id"]
        first = self.do(f"/holds/{hold}/capture", {"points": 50})
        self.assertEqual(first.status_code, 200, first.text)
        answer = first.json()
        self.assertEqual((answer["state"], answer["captured"]), ("captured", 50))
        again = self.do(f"/holds/{hold}/capture", {"points": 50})
        self.assertEqual((again.status_code, again.json()), (200, answer))
        other = self.do(f"/holds/{hold}/capture", {"points": 40})
        self.assertProblem(other, 409, "RET-4004")
        self.assertProblem(self.do(f"/holds/{hold}/void"), 409, "RET-4004")
        self.assertEqual(self.held(), (50, 0))
        self.assert_rules()

    def test_empty_capture_spends_all_and_says_where_and_when(self):
        hold = self.hold(60, source={"channel": "web", "ref": "A"}).json()["hold_id"]
        at = "2026-11-20T10:31:02Z"
        body = {"effective_at": at, "source": {"channel": "pos", "store": "12"}}
        self.assertEqual(self.do(f"/holds/{hold}/capture", body).status_code, 200)
        (entry, _given) = self.get(f"/members/{self.member.uuid}/entries").json()[
            "items"
        ]
        self.assertEqual(
            (entry["kind"], entry["points"], entry["hold_id"]),
            ("redemption", -60, hold),
        )
        self.assertEqual(
            (entry["channel"], entry["store"], entry["ref"]), ("pos", "12", "A")
        )
        self.assertEqual(entry["effective_at"], at)

    def test_more_than_is_held_is_not_captured(self):
        hold = self.hold(60).json()["hold_id"]
        response = self.do(f"/holds/{hold}/capture", {"points": 61})
        self.assertProblem(response, 422, "RET-1104", "/points")
        self.assertEqual(self.held(), (100, 60))

    def test_expired_hold_is_410_and_its_points_are_free_from_then_on(self):
        hold = self.hold(60, ttl_s=60).json()["hold_id"]
        with self.later(seconds=61):
            response = self.do(f"/holds/{hold}/capture", {})
        self.assertProblem(response, 410, "RET-4003")
        self.assertEqual(self.held(), (100, 0))
        self.assertEqual(self.get(f"/holds/{hold}").json()["state"], "expired")
        # Whoever lets go of it has what they wanted.
        self.assertEqual(self.do(f"/holds/{hold}/void").status_code, 200)

    def test_refused_hold_is_not_captured(self):
        hold = make.new_uuid()
        self.hold(101, hold_id=hold)
        problem = self.assertProblem(
            self.do(f"/holds/{hold}/capture", {}), 409, "RET-4001"
        )
        self.assertEqual(problem["available"], 100)

    def test_unknown_hold_is_404(self):
        unknown = make.new_uuid()
        self.assertProblem(self.get(f"/holds/{unknown}"), 404, "RET-4002")
        for step, body in (("capture", {}), ("void", None)):
            response = self.do(f"/holds/{unknown}/{step}", body)
            self.assertProblem(response, 404, "RET-4002")

    # --- void -------------------------------------------------------------------------

    def test_void_frees_the_points_once_and_ends_the_hold(self):
        hold = self.hold(60).json()["hold_id"]
        first, again = self.do(f"/holds/{hold}/void"), self.do(f"/holds/{hold}/void")
        self.assertEqual(first.json()["state"], "voided")
        self.assertEqual((again.status_code, again.json()), (200, first.json()))
        self.assertProblem(self.do(f"/holds/{hold}/capture", {}), 409, "RET-4004")
        self.assertEqual(self.held(), (100, 0))

    # --- who may ----------------------------------------------------------------------

    def test_another_company_sees_neither_member_nor_hold(self):
        hold = self.hold(60).json()["hold_id"]
        for far in (self.far_key(), self.far_key(shared_user=True)):
            self.assertProblem(self.hold(1, text=far), 404, "RET-1403")
            self.assertProblem(self.get(f"/holds/{hold}", far), 404, "RET-4002")
            for step, body in (("capture", {}), ("void", None)):
                response = self.do(f"/holds/{hold}/{step}", body, text=far)
                self.assertProblem(response, 404, "RET-4002")
        self.assertEqual(self.held(), (100, 60))

    def test_scope_and_a_paused_connection_are_kept(self):
        hold = self.hold(60).json()["hold_id"]
        reader = self.issue("loyalty:read")[1]
        self.assertEqual(self.get(f"/holds/{hold}", reader).status_code, 200)
        self.assertProblem(self.hold(1, text=reader), 403, "RET-1401")
        spender = self.issue("loyalty:redeem")[1]
        self.assertProblem(self.get(f"/holds/{hold}", spender), 403, "RET-1401")
        self.backend.state = "paused"
        self.assertEqual(self.get(f"/holds/{hold}").status_code, 200)
        self.assertProblem(self.hold(1), 503)
        for step, body in (("capture", {}), ("void", None)):
            self.assertProblem(self.do(f"/holds/{hold}/{step}", body), 503)
        self.assertEqual(self.held(), (100, 60))

    # --- hostile ----------------------------------------------------------------------

    def test_no_body_breaks_a_door_of_points(self):
        hold = self.hold(60).json()["hold_id"]
        for name, body in hostile_bodies():
            for path in ("/holds", f"/holds/{hold}/capture", "/members"):
                with self.subTest(name, path=path):
                    response = self.do(path, body)
                    self.assertIn(response.status_code, range(400, 500))
        self.assertEqual(self.held(), (100, 60))

    def test_no_id_breaks_a_path(self):
        for name, place in HOSTILE_PLACES:
            for path in (f"/holds/{place}", f"/members/{place}/balance"):
                with self.subTest(name, path=path):
                    response = self.get(path)
                    self.assertIn(response.status_code, range(400, 500))
