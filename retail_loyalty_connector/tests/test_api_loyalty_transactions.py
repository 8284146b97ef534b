"""A sale told to loyalty goes the way of every sale."""

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base_make

from . import factories as make
from .common_http import LoyaltyHttpCase


@tagged("post_install", "-at_install")
class TestApiLoyaltyTransactions(LoyaltyHttpCase):
    def tell(self, text: str | None = None, **values):
        body = {
            "id": "sale-1",
            "type": "retail.pos.receipt.v1",
            "member_id": self.member.uuid,
            "data": base_make.make_receipt(sequence=160),
            **values,
        }
        return self.do("/transactions", body, key=None, text=text)

    def test_sale_is_kept_booked_and_known_as_the_members(self):
        response = self.tell()
        self.assertEqual(response.status_code, 202, response.text)
        answer = response.json()
        self.assertEqual(answer["status"], "accepted")
        self.assertEqual(response.headers["Location"], answer["event"])
        self.assertEqual(self.work(), 1)
        reader = self.issue("events:read")[1]
        status = self.url_open(
            answer["event"], headers={"Authorization": f"Bearer {reader}"}
        ).json()
        self.assertEqual(status["status"], "done", status)
        transaction = self.env["retail.transaction"].search(
            [("uuid", "=", status["transactions"][0]["uuid"])]
        )
        self.assertEqual(transaction.identity_id.kind, "loyalty")
        self.assertEqual(transaction.identity_id.value, self.member.number)

    def test_enrolled_members_sale_names_the_person(self):
        made = self.do("/members", {"phone": "+32470123456"}).json()
        self.tell(member_id=made["id"])
        self.work()
        transaction = self.stored().transaction_ids
        person = (
            self.env["retail.loyalty.member"]
            .search([("uuid", "=", made["id"])])
            .partner_id
        )
        self.assertEqual(transaction.partner_id, person)

    def test_sale_told_twice_is_one_also_through_the_other_door(self):
        first = self.tell()
        again = self.tell()
        self.assertEqual((first.status_code, again.status_code), (202, 200))
        self.assertEqual(again.json()["status"], "duplicate")
        receipt = base_make.make_receipt(sequence=160)
        receipt["customer"] = {"loyalty_id": self.member.number}
        response = self.send(base_make.make_event(receipt, event_id="sale-1"))
        self.assertEqual(response.json()["status"], "duplicate")
        self.assertEqual(len(self.stored()), 1)

    def test_other_content_under_the_same_id_is_a_conflict_that_somebody_sees(self):
        self.tell()
        data = base_make.make_receipt(sequence=161)
        self.assertProblem(self.tell(data=data), 409, "RET-1301")
        seen = self.env["retail.exception"].search(
            [("inbox_event_id", "=", self.stored().id)]
        )
        self.assertEqual(len(seen), 1)

    def test_wrong_members_documents_and_topics_are_refused_by_name(self):
        self.assertProblem(self.tell(member_id=make.new_uuid()), 404, "RET-1403")
        other = {**base_make.make_receipt(), "customer": {"loyalty_id": "M1"}}
        broken = {**base_make.make_receipt(), "sequence": "x"}
        for values, pointer in (
            ({"data": other}, "/data/customer/loyalty_id"),
            ({"data": broken}, "/data/sequence"),
            ({"data": {**broken, "customer": 7}}, "/data/customer"),
            ({"data": []}, "/data"),
            ({"type": "retail.service.ping.v1"}, "/type"),
            ({"id": "a b"}, "/id"),
        ):
            with self.subTest(pointer):
                self.assertProblem(self.tell(**values), 422, "RET-1104", pointer)
        self.assertFalse(self.stored())

    def test_other_companies_scopes_and_paused_connections_are_kept_out(self):
        self.assertProblem(self.tell(text=self.far_key()), 404, "RET-1403")
        reader = self.issue("loyalty:read", "loyalty:redeem")[1]
        self.assertProblem(self.tell(text=reader), 403, "RET-1401")
        self.backend.phase_read = False
        self.assertProblem(self.tell(), 503)
        self.backend.state = "paused"
        self.assertProblem(self.tell(), 503)
        self.assertFalse(self.stored())
