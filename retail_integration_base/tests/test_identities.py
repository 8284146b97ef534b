"""How customers are recognised: one form for each key, the strongest key first."""

from psycopg2 import IntegrityError
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.models import BaseModel
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from . import factories as make
from .common import RetailCase


@tagged("post_install", "-at_install")
class TestIdentities(RetailCase):
    def sale(self, **customer: str) -> BaseModel:
        """Return the transaction of a receipt with that customer."""
        receipt = make.make_receipt(customer=customer)
        event = self.receive(make.make_event(receipt))
        self.work()
        self.assertEqual(event.state, "done", event.error_message)
        return event.transaction_ids

    def know(self, kind: str, value: str) -> BaseModel:
        """Return a partner who is known by that key."""
        partner = self.env["res.partner"].create({"name": f"{kind} {value}"})
        self.env["retail.identity"].create(
            {"kind": kind, "value": value, "partner_id": partner.id}
        )
        return partner

    def identities(self) -> list[tuple[str, str]]:
        found = self.env["retail.identity"].search([], order="id")
        return [(identity.kind, identity.value) for identity in found]

    # --- one form -------------------------------------------------------------------

    def test_every_spelling_of_a_key_is_the_same_identity(self):
        self.backend.company_id.country_id = self.env.ref("base.be")
        for kind, field, value, spellings in (
            (
                "email",
                "email",
                "ada@example.com",
                ("Ada@Example.COM", " ada@example.com"),
            ),
            ("phone", "phone", "+32470123456", ("0470 12 34 56", "+32 470/12.34.56")),
            ("card", "card_token", "ABC123", ("abc123", "ABC 123")),
        ):
            for spelling in spellings:
                with self.subTest(spelling):
                    identity = self.sale(**{field: spelling}).identity_id
                    self.assertEqual((identity.kind, identity.value), (kind, value))

    def test_customer_number_of_one_system_is_not_that_of_another(self):
        identity = self.sale(external_id="207119551").identity_id
        self.assertEqual(identity.value, "till:207119551")

    def test_key_that_recognises_nobody_does_not_stop_the_sale(self):
        before = self.identities()
        sale = self.sale(email="no address", phone="12", card_token="?")
        self.assertFalse(sale.identity_id)
        self.assertFalse(sale.partner_id)
        self.assertEqual(self.identities(), before)

    def test_sale_without_customer_is_anonymous(self):
        self.assertFalse(self.sale().identity_id)

    # --- matching -------------------------------------------------------------------

    def test_known_key_finds_the_customer(self):
        ada = self.know("email", "ada@example.com")
        sale = self.sale(email="ADA@example.com")
        self.assertEqual(sale.partner_id, ada)
        self.assertEqual(sale.identity_id.partner_id, ada)

    def test_strongest_known_key_decides(self):
        keys = {
            "loyalty_id": ("loyalty", "L-1"),
            "card_token": ("card", "CARD1"),
            "external_id": ("external", "till:7"),
            "email": ("email", "ada@example.com"),
            "phone": ("phone", "+32470123456"),
        }
        partners = {field: self.know(*key) for field, key in keys.items()}
        given = {
            "loyalty_id": "L-1",
            "card_token": "CARD1",
            "external_id": "7",
            "email": "ada@example.com",
            "phone": "+32470123456",
        }
        for field in keys:
            with self.subTest(field):
                self.assertEqual(self.sale(**given).partner_id, partners[field])
            del given[field]

    def test_weak_key_that_is_known_goes_before_a_strong_one_that_is_not(self):
        ada = self.know("phone", "+32470123456")
        sale = self.sale(loyalty_id="L-new", phone="+32470123456")
        self.assertEqual(sale.partner_id, ada)
        self.assertEqual(sale.identity_id.kind, "phone")

    def test_customer_nobody_knows_is_kept_for_a_later_match(self):
        sale = self.sale(email="new@example.com", phone="+32470123456")
        self.assertFalse(sale.partner_id)
        self.assertEqual(sale.identity_id.kind, "email")
        self.assertIn(("phone", "+32470123456"), self.identities())
        self.assertEqual(sale.identity_id.transaction_ids, sale)

    def test_same_customer_twice_in_a_batch_is_one_identity(self):
        receipts = [
            make.make_receipt(register=str(n), customer={"email": "new@example.com"})
            for n in range(3)
        ]
        events = self.receive(*(make.make_event(receipt) for receipt in receipts))
        self.work()
        self.assertEqual(len(events.transaction_ids.identity_id), 1)

    def test_many_new_customers_are_read_with_one_statement(self):
        identities = self.env["retail.identity"]
        wanted = [("email", f"new{number}@example.com") for number in range(20)]
        created = identities._ensure(self.backend.company_id.id, wanted)
        before = self.env.cr.sql_log_count
        self.assertFalse(any(created[key].partner_id for key in wanted))
        self.assertEqual(self.env.cr.sql_log_count - before, 1)

    # --- scope ----------------------------------------------------------------------

    def test_customer_of_another_company_is_not_recognised(self):
        company = self.env["res.company"].create({"name": "Other"})
        partner = self.env["res.partner"].create({"name": "Theirs"})
        self.env["retail.identity"].create(
            {
                "kind": "email",
                "value": "ada@example.com",
                "company_id": company.id,
                "partner_id": partner.id,
            }
        )
        sale = self.sale(email="ada@example.com")
        self.assertFalse(sale.partner_id)
        self.assertEqual(sale.identity_id.company_id, self.backend.company_id)

    def test_identity_is_unique_in_its_company(self):
        self.know("email", "ada@example.com")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.know("email", "ada@example.com")

    def test_identity_entered_by_hand_is_normalised_as_well(self):
        ada = self.env["res.partner"].create({"name": "Ada"})
        identity = self.env["retail.identity"].create(
            {"kind": "email", "value": " Ada@Example.com", "partner_id": ada.id}
        )
        self.assertEqual(identity.value, "ada@example.com")
        self.assertEqual(self.sale(email="ada@example.com").partner_id, ada)

    # --- shown ----------------------------------------------------------------------

    def test_identity_is_shown_masked(self):
        for kind, value in (
            ("email", "ada.lovelace@example.com"),
            ("phone", "+32470123456"),
            ("card", "1234567890"),
            ("loyalty", "L-1"),
        ):
            identity = self.env["retail.identity"].create(
                {"kind": kind, "value": value}
            )
            with self.subTest(kind):
                self.assertIn("***", identity.display_name)
                self.assertNotIn(value, identity.display_name)


@tagged("post_install", "-at_install")
class TestIdentityRace(TransactionCase):
    """Two connections that see the same new customer at the same time."""

    PAIR = ("email", "race@example.com")

    def setUp(self):
        super().setUp()
        self.addCleanup(self.forget)

    def forget(self) -> None:
        with self.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM retail_identity WHERE kind = %s AND value = %s", self.PAIR
            )

    def ensure(self, cr: object) -> BaseModel:
        company = self.env.ref("base.main_company")
        identities = api.Environment(cr, SUPERUSER_ID, {})["retail.identity"]
        return identities._ensure(company.id, [self.PAIR])[self.PAIR]

    def test_loser_is_replayed_and_finds_the_winners_identity(self):
        with self.registry.cursor() as loser:
            loser.execute("SELECT 1")  # its snapshot is older than the winner's row
            with self.registry.cursor() as winner:
                kept = self.ensure(winner).id
            with self.assertRaises(SerializationFailure):
                self.ensure(loser)
            loser.rollback()
            self.assertEqual(self.ensure(loser).id, kept)
