"""Members over HTTP: enrolled and found by equal keys, balances, entries."""

from urllib.parse import quote

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.hostile import HOSTILE_QUERIES

from . import factories as make
from .common_http import PATH, LoyaltyHttpCase

PHONE, EMAIL = "+32470123456", "ada@example.com"


@tagged("post_install", "-at_install")
class TestApiMembers(LoyaltyHttpCase):
    def enrol(self, status: int = 201, **body):
        response = self.do("/members", body)
        self.assertEqual(response.status_code, status, response.text)
        return response.json()

    def found(self, query: str, text: str | None = None) -> list[str]:
        """Return the ids of the members found."""
        response = self.get(f"/members?{query}", text)
        self.assertEqual(response.status_code, 200, response.text)
        return [one["id"] for one in response.json()["items"]]

    def partner_of(self, answer):
        members = self.env["retail.loyalty.member"]
        return members.search([("uuid", "=", answer["id"])]).partner_id

    # --- enrol ------------------------------------------------------------------------

    def test_person_is_enrolled_once_whatever_key_comes_next(self):
        made = self.enrol(phone="0470 12 34 56", email="Ada@Example.com", name="Ada")
        self.assertEqual((made["status"], made["name"]), ("active", "Ada"))
        self.assertEqual(made["balance"]["available"], 0)
        self.assertEqual(self.get(f"/members/{made['id']}").json()["id"], made["id"])
        for body in (
            {"phone": PHONE},
            {"email": EMAIL, "card": "T-901"},
            {"card": "t-901"},
            {"phone": PHONE, "external_id": "207"},
        ):
            with self.subTest(body):
                self.assertEqual(self.enrol(200, **body)["id"], made["id"])
        for query in (
            f"phone={quote(PHONE)}",
            "email=ADA@example.com",
            "card=T-901",
            "external_id=207",
            f"number={made['number']}",
        ):
            with self.subTest(query):
                self.assertEqual(self.found(query), [made["id"]])
        person = self.partner_of(made)
        self.assertEqual((person.email, person.phone), (EMAIL, PHONE))
        self.assertEqual(person.company_id, self.backend.company_id)

    def test_person_without_a_name_is_called_by_the_number(self):
        made = self.enrol(card="T-902")
        self.assertIsNone(made["name"])
        self.assertEqual(self.partner_of(made).name, made["number"])

    def test_customer_known_by_a_sale_becomes_the_member(self):
        """P5: the customer that sales know is not made a second time."""
        person = self.env["res.partner"].create({"name": "Known"})
        self.env["retail.identity"].create(
            {"kind": "phone", "value": PHONE, "partner_id": person.id}
        )
        made = self.enrol(phone=PHONE, name="Other")
        self.assertEqual(self.partner_of(made), person)
        self.assertEqual(made["name"], "Known")

    def test_contact_of_a_company_is_the_member_and_not_the_company(self):
        """R11: the commercial entity is not the person."""
        company = self.env["res.partner"].create({"name": "Shop", "is_company": True})
        contact = self.env["res.partner"].create(
            {"name": "Bea", "parent_id": company.id}
        )
        identities = self.env["retail.identity"]
        identities.create(
            {"kind": "email", "value": "bea@example.com", "partner_id": contact.id}
        )
        identities.create(
            {"kind": "email", "value": "info@example.com", "partner_id": company.id}
        )
        made = self.enrol(email="bea@example.com")
        self.assertEqual(self.partner_of(made), contact)
        response = self.do("/members", {"email": "info@example.com"})
        self.assertProblem(response, 409, "RET-4103")

    def test_keys_of_two_people_are_refused_and_none_is_moved(self):
        ada, bea = self.enrol(phone=PHONE), self.enrol(email="bea@example.com")
        body = {"phone": PHONE, "email": "bea@example.com", "card": "T-903"}
        self.assertProblem(self.do("/members", body), 409, "RET-4102")
        self.assertEqual(self.found("email=bea@example.com"), [bea["id"]])
        self.assertEqual(self.found(f"phone={quote(PHONE)}"), [ada["id"]])
        self.assertEqual(self.found("card=T-903"), [])

    def test_keys_that_are_none_are_refused_by_name(self):
        for body, pointer in (
            ({"phone": "12"}, "/phone"),
            ({"email": "nobody"}, "/email"),
            ({"card": "!"}, "/card"),
            ({"phone": PHONE, "program": "other"}, "/program"),
            ({}, ""),
            ({"name": "Ada"}, ""),
        ):
            with self.subTest(body):
                response = self.do("/members", body)
                self.assertProblem(response, 422, "RET-1104", pointer)

    def test_program_has_to_be_named_where_there_are_several(self):
        second = make.make_program(self.env, "second")
        response = self.do("/members", {"phone": PHONE})
        self.assertProblem(response, 422, "RET-1104", "/program")
        one = self.enrol(phone=PHONE, program=self.program.code)
        two = self.enrol(phone=PHONE, program=second.code)
        self.assertEqual(
            (one["program"], two["program"]), (self.program.code, "second")
        )
        self.assertEqual(self.partner_of(one), self.partner_of(two))
        found = self.found(f"phone={quote(PHONE)}")
        self.assertEqual(sorted(found), sorted([one["id"], two["id"]]))
        self.assertEqual(
            self.found(f"phone={quote(PHONE)}&program=second"), [two["id"]]
        )

    def test_repeated_enrolment_replays_its_answer(self):
        first = self.do("/members", {"phone": PHONE}, key="one")
        again = self.do("/members", {"phone": PHONE}, key="one")
        self.assertEqual((again.status_code, again.json()), (201, first.json()))
        self.assertProblem(self.do("/members", {"card": "T9"}, key="one"), 422)

    # --- find -------------------------------------------------------------------------

    def test_exactly_one_key_is_asked_for(self):
        for query in ("", "phone=%2B32470123456&email=a@example.com", "program=x"):
            with self.subTest(query):
                self.assertProblem(self.get(f"/members?{query}"), 422, "RET-1410")

    def test_unknown_key_finds_nobody(self):
        self.assertEqual(self.found("email=nobody@example.com"), [])

    def test_another_company_neither_finds_nor_sees_a_member(self):
        made = self.enrol(phone=PHONE)
        for far in (self.far_key(), self.far_key(shared_user=True)):
            self.assertEqual(self.found(f"phone={quote(PHONE)}", far), [])
            self.assertEqual(self.found(f"number={made['number']}", far), [])
            for path in ("", "/balance", "/entries"):
                response = self.get(f"/members/{made['id']}{path}", far)
                self.assertProblem(response, 404, "RET-1403")

    def test_member_of_a_shared_program_is_one_in_all_its_companies(self):
        """R19: brands of a group share a program, and a person joins it once."""
        self.program.active = False
        make.make_program(self.env, "group", company_id=False)
        made, far = self.enrol(phone=PHONE), self.far_key()
        self.assertEqual(self.found(f"phone={quote(PHONE)}", far), [made["id"]])
        response = self.do("/members", {"phone": PHONE, "card": "T-9"}, text=far)
        self.assertEqual(
            (response.status_code, response.json()["id"]), (200, made["id"])
        )
        self.assertEqual(self.found("card=T-9"), [made["id"]])

    def test_key_that_only_another_company_knows_finds_no_member_of_ours(self):
        far = self.far_key()
        made = self.enrol(card="T-901")
        person = self.partner_of(made)
        person.company_id = False
        make.make_program(self.env, "group", company_id=False)
        backend = self.env["retail.backend"].search([], order="id desc", limit=1)
        self.env["retail.identity"].create(
            {
                "company_id": backend.company_id.id,
                "kind": "phone",
                "value": PHONE,
                "partner_id": person.id,
            }
        )
        self.assertEqual(self.found(f"phone={quote(PHONE)}"), [])
        self.assertEqual(self.found(f"phone={quote(PHONE)}", far), [])

    def test_scopes_are_kept(self):
        reader, enroller = self.issue("loyalty:read")[1], self.issue("loyalty:enrol")[1]
        response = self.do("/members", {"phone": PHONE}, text=reader)
        self.assertProblem(response, 403, "RET-1401")
        for path in ("?card=T-1", f"/{self.member.uuid}/balance"):
            response = self.get(f"/members{path}", enroller)
            self.assertProblem(response, 403, "RET-1401")

    # --- balance ----------------------------------------------------------------------

    def test_balance_tells_posted_held_pending_and_available(self):
        self.give(100)
        self.give(7, matures_at=make.after(self.ledger._now(), days=14))
        self.reserve(30)
        answer = self.get(f"/members/{self.member.uuid}/balance").json()
        figures = [answer[k] for k in ("posted", "held", "pending", "available")]
        self.assertEqual(figures, [100, 30, 7, 70])
        self.assertEqual(answer["wallet"], "points")
        self.assertIsNone(answer["value"])

    def test_balance_in_the_past_by_what_happened_and_by_what_was_known(self):
        """R16: when it took place and when it was recorded are two times."""
        now = self.ledger._now()
        self.give(100, effective_at=make.after(now, days=-10))
        self.give(50, effective_at=make.after(now, days=-2))
        path = f"/members/{self.member.uuid}/balance"
        for days, basis, posted in (
            (-11, "effective", 0),
            (-10, "effective", 100),
            (-3, "effective", 100),
            (-2, "effective", 150),
            (-2, "recorded", 0),
        ):
            at = make.after(now, days=days).isoformat() + "Z"
            with self.subTest(at=at, basis=basis):
                answer = self.get(f"{path}?at={at}&basis={basis}").json()
                self.assertEqual((answer["posted"], answer["at"]), (posted, at))
                self.assertIsNone(answer["available"])

    def test_wrong_moments_and_wallets_are_refused(self):
        path = f"/members/{self.member.uuid}/balance"
        for query in (
            "at=2999-01-01T00:00:00Z",
            "at=yesterday",
            "at=2026-01-01",
            "to=1",
        ):
            with self.subTest(query):
                self.assertProblem(self.get(f"{path}?{query}"), 422, "RET-1410")
        self.assertProblem(self.get(f"{path}?wallet=stamps"), 404, "RET-1403")

    def test_balance_is_one_query_and_the_ledgers(self):
        self.give(100)
        self.reserve(30)
        members = self.env["retail.loyalty.member"]
        self.env.flush_all()
        # What workers remember: rules and rights of the user.
        members._find_place(self.member.uuid)
        with self.assertQueryCount(1):
            place, balance = members._find_balance(self.member.uuid)
        self.assertEqual(place.account_id, self.account.id)
        self.assertEqual(balance, self.balance())

    def test_what_a_wallet_is_called_counts_at_once(self):
        members = self.env["retail.loyalty.member"]
        first = members._find_place(self.member.uuid)
        wallet = self.account.wallet_id
        wallet.code = "miles"
        self.assertEqual(members._find_place(self.member.uuid).wallet_code, "miles")
        self.assertIsNone(members._find_place(self.member.uuid, first.wallet_code))
        second = wallet.copy({"code": "stars", "sequence": wallet.sequence - 1})
        self.assertEqual(members._find_place(self.member.uuid).wallet_code, "stars")
        second.sequence = wallet.sequence + 1
        self.assertEqual(members._find_place(self.member.uuid).wallet_code, "miles")

    # --- entries ----------------------------------------------------------------------

    def test_pages_of_entries_hold_each_once_while_entries_come_in(self):
        for points in range(1, 8):
            self.give(points)
        start = f"/members/{self.member.uuid}/entries"
        response, seen = self.get(f"{start}?limit=3"), []
        while True:
            page = response.json()
            seen += [entry["number"] for entry in page["items"]]
            self.give(1000)
            if page["next"] is None:
                break
            address = response.links["next"]["url"].removeprefix(PATH)
            response = self.get(address)
        self.assertEqual(seen, [7, 6, 5, 4, 3, 2, 1])

    def test_cursor_of_other_filters_is_refused(self):
        self.give(1)
        self.give(2)
        start = f"/members/{self.member.uuid}/entries"
        cursor = self.get(f"{start}?limit=1").json()["next"]
        response = self.get(f"{start}?cursor={cursor}&wallet=points")
        self.assertProblem(response, 400, "RET-1409")

    def test_reversed_entry_names_what_it_takes_back(self):
        given = self.give(100)
        self.reverse(given, 40)
        (back, first) = self.get(f"/members/{self.member.uuid}/entries").json()["items"]
        self.assertEqual(back["reverses"], first["id"])
        self.assertEqual((back["points"], back["balance"]), (-40, 60))

    def test_no_query_breaks_a_list(self):
        for query in HOSTILE_QUERIES:
            for path in ("/members", f"/members/{self.member.uuid}/entries"):
                with self.subTest(query, path=path):
                    response = self.get(f"{path}?{query}")
                    self.assertIn(response.status_code, range(200, 500))
