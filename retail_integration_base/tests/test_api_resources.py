"""What partners read: what became of a message, what was recorded, page by page."""

from unittest.mock import patch

from odoo.tests import tagged

from . import factories as make
from .common_http import GatewayCase

LIST = "/retail/v1/transactions"
SCOPES = ("transactions:read", "events:read", "events:write")


@tagged("post_install", "-at_install")
class TestApiResources(GatewayCase):
    def setUp(self):
        super().setUp()
        _key, self.text = self.env["retail.api.key"]._issue(
            self.backend, "all", *SCOPES
        )

    def ask(self, path: str, text: str | None = None):
        return self.url_open(
            path, headers={"Authorization": f"Bearer {text or self.text}"}
        )

    def sell(self, count: int = 1, **values):
        """Let ``count`` receipts come in and be recorded."""
        events = [make.make_event(make.make_receipt(**values)) for _n in range(count)]
        received = self.receive(*events)
        self.work()
        return received

    def other_key(self, *scopes: str) -> str:
        """Return the key of another backend that sells as well."""
        other = make.make_backend(self.env, "other")
        self.receive(make.make_event(make.make_receipt(register="8")), backend=other)
        self.work(other)
        return self.env["retail.api.key"]._issue(other, "theirs", *(scopes or SCOPES))[
            1
        ]

    # --- messages ---------------------------------------------------------------------

    def test_message_that_is_booked_says_so_and_where(self):
        event = self.sell()
        answer = self.ask(f"/retail/v1/events/{event.event_key}").json()
        self.assertEqual(answer["status"], "done")
        self.assertEqual(answer["type"], "retail.pos.receipt.v1")
        self.assertIsNone(answer["reason"])
        (effect,) = answer["transactions"]
        self.assertEqual(self.ask(effect["url"]).json()["uuid"], effect["uuid"])

    def test_message_that_waits_for_a_person_says_why(self):
        event = self.receive(make.make_event(make.make_receipt([make.line("NEW")])))
        self.assertEqual(
            self.ask(f"/retail/v1/events/{event.event_key}").json()["status"],
            "received",
        )
        self.work()
        answer = self.ask(f"/retail/v1/events/{event.event_key}").json()
        self.assertEqual(answer["status"], "attention")
        self.assertEqual(answer["reason"]["code"], "RET-1202")
        self.assertIn("NEW", answer["reason"]["detail"])

    def test_failure_of_ours_tells_nothing_about_our_inside(self):
        event = self.receive(make.make_event())
        self.env.cr.execute(
            "UPDATE retail_inbox_event SET state = 'dead', error_code = 'RET-2010',"
            " error_message = 'psycopg2 in handler.py' WHERE id = %s",
            [event.id],
        )
        reason = self.ask(f"/retail/v1/events/{event.event_key}").json()["reason"]
        self.assertEqual(reason["title"], "Handler failed")
        self.assertIsNone(reason["detail"])

    def test_message_id_may_hold_any_visible_character(self):
        event = self.receive(make.make_event(event_id="a/b?c#d&e=f%g"))
        response = self.ask("/retail/v1/events/a%2Fb%3Fc%23d%26e%3Df%25g")
        self.assertEqual(response.json()["id"], event.event_key)

    def test_message_of_another_backend_is_not_found(self):
        event = self.sell()
        path = f"/retail/v1/events/{event.event_key}"
        self.assertProblem(self.ask(path, self.other_key()), 404, "RET-1403")

    # --- transactions -----------------------------------------------------------------

    def test_transaction_is_shown_with_exact_amounts(self):
        event = self.sell(lines=[make.line(qty="3", price="0.10")])
        (item,) = self.ask(f"{LIST}?event_id={event.event_key}").json()["items"]
        self.assertEqual((item["subtotal"], item["total"]), ("0.30", "0.36"))
        whole = self.ask(item["url"]).json()
        (line,) = whole["lines"]
        self.assertEqual((line["qty"], line["unit_price"]), ("3", "0.1"))
        self.assertEqual(whole["tenders"], [{"type": "card", "amount": "0.36"}])
        self.assertEqual({k: whole[k] for k in item}, item)

    def test_partner_sees_its_own_backends_sales_only(self):
        self.sell(2)
        theirs = self.other_key()
        self.assertEqual(len(self.ask(LIST).json()["items"]), 2)
        (item,) = self.ask(LIST, theirs).json()["items"]
        self.assertEqual(item["register"], "8")
        self.assertProblem(self.ask(item["url"]), 404, "RET-1403")

    def test_key_for_all_sees_all_of_its_company(self):
        self.sell(2)
        text = self.other_key("transactions:read", "transactions:read_all")
        self.assertEqual(len(self.ask(LIST, text).json()["items"]), 3)

    def test_company_holds_even_for_a_key_that_sees_all(self):
        self.sell(2)
        company = self.env["res.company"].create({"name": "Far away"})
        user = make.make_user(
            self.env,
            "far-service",
            "group_service",
            company_id=company.id,
            company_ids=company.ids,
        )
        far = make.make_backend(self.env, "far", company_id=company.id, user_id=user.id)
        _key, text = self.env["retail.api.key"]._issue(
            far, "far", "transactions:read", "transactions:read_all"
        )
        self.assertEqual(self.ask(LIST, text).json()["items"], [])

    def test_filters_narrow_the_list(self):
        self.sell(business_date="2026-11-19", register="1")
        self.sell(business_date="2026-11-20", register="2")
        for query, count in (
            ("", 2),
            ("business_date_from=2026-11-20", 1),
            ("business_date_to=2026-11-19", 1),
            ("business_date_from=2026-11-21", 0),
            ("store=12", 2),
            ("store=12&register=2", 1),
            ("store=99", 0),
            ("kind=return", 0),
        ):
            with self.subTest(query):
                items = self.ask(f"{LIST}?{query}").json()["items"]
                self.assertEqual(len(items), count)

    def test_wrong_parameters_are_named(self):
        for query, name in (
            ("bussiness_date_from=2026-11-20", "bussiness_date_from"),
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=many", "limit"),
            ("store=1&store=2", "store"),
            ("business_date_from=20.11.2026", "business_date_from"),
            ("store=%00", "store"),
        ):
            with self.subTest(query):
                problem = self.assertProblem(
                    self.ask(f"{LIST}?{query}"), 422, "RET-1410"
                )
                self.assertEqual(problem["errors"][0]["parameter"], name)

    def test_uuid_of_a_wrong_form_is_not_found(self):
        self.assertProblem(self.ask(f"{LIST}/nonsense"), 404, "RET-1403")

    # --- pages ------------------------------------------------------------------------

    def test_pages_hold_every_row_once_also_while_rows_come_in(self):
        self.sell(5)
        expected = [item["uuid"] for item in self.ask(LIST).json()["items"]]
        response = self.ask(f"{LIST}?limit=2&store=12")
        seen = []
        while True:
            page = response.json()
            seen += [item["uuid"] for item in page["items"]]
            self.sell()
            if page["next"] is None:
                break
            self.assertEqual(
                response.headers["Link"],
                f'<{LIST}?limit=2&store=12&cursor={page["next"]}>; rel="next"',
            )
            response = self.ask(response.links["next"]["url"])
        self.assertEqual(seen, expected)
        self.assertNotIn("Link", response.headers)

    def test_cursor_of_another_list_or_nobodys_is_refused(self):
        self.sell(2)
        cursor = self.ask(f"{LIST}?limit=1").json()["next"]
        for query in (
            f"store=12&cursor={cursor}",
            f"cursor={cursor[:-2]}",
            "cursor=AAAA",
            "cursor=MTIzLjAwMDAwMDAwMDAwMA",
        ):
            with self.subTest(query):
                self.assertProblem(self.ask(f"{LIST}?{query}"), 400, "RET-1409")


@tagged("post_install", "-at_install")
class TestApiReplica(GatewayCase):
    """Reading works on a connection that cannot write, such as a replica's."""

    _registry_readonly_enabled = True

    def test_safe_operations_write_nothing(self):
        self.startPatcher(
            patch.object(
                type(self.env["retail.api.key.use"]), "_spend", return_value=None
            )
        )
        _key, text = self.env["retail.api.key"]._issue(self.backend, "all", *SCOPES)
        event = self.receive(make.make_event())
        for path in (
            LIST,
            f"/retail/v1/events/{event.event_key}",
            "/retail/v1/topics",
            "/retail/v1/openapi.json",
        ):
            with self.subTest(path), self.assertNoLogs("odoo.http", "WARNING"):
                response = self.url_open(
                    path, headers={"Authorization": f"Bearer {text}"}
                )
                self.assertEqual(response.status_code, 200)
