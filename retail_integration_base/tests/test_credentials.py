"""Secrets: written once, encrypted with a ring of keys, rotated without an outage."""

import os
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.models import BaseModel
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..models.credential import KEYS_OPTION, KEYS_VARIABLE
from ..tools.errors import ConfigurationError, KeyRingMissing
from ..tools.keyring import KeyRing, generate_key
from . import factories as make
from .common_http import GatewayCase

OTHER_SECRET = "whsec_b3RoZXIgc2VjcmV0IG9mIDMyIGJ5dGVzIGV4YWN0bHk="


@tagged("post_install", "-at_install")
class TestCredentials(GatewayCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.credential = cls.backend.credential_ids.filtered(
            lambda c: c.purpose == "webhook_in"
        )
        cls.officer = make.make_user(
            cls.env, "officer", "group_security", "base.group_allow_export"
        )
        cls.admin = cls.env.ref("base.user_admin")
        cls.env.flush_all()

    def add_secret(self, secret: str, **values: object) -> BaseModel:
        return self.env["retail.credential"].create(
            {"backend_id": self.backend.id, "secret": secret, **values}
        )

    def knock(self, secret: str = make.SECRET) -> int:
        """Send a message signed with ``secret``; return the status."""
        with patch.object(make, "SECRET", secret):
            return self.send(make.make_event()).status_code

    # --- never readable -------------------------------------------------------------

    def test_secret_is_read_by_nobody(self):
        ciphertext = self.credential.sudo().ciphertext
        for user in (self.admin, self.officer):
            seen = self.credential.with_user(user)
            specification = {"secret": {}, "fingerprint": {}}
            domain = [("id", "=", seen.id)]
            for answer in (
                seen.read(),
                seen.search_read(domain),
                seen.web_read(specification),
                seen.export_data(["backend_id", "secret", "fingerprint"]),
                seen.copy_data(),
                seen.backend_id.web_read({"credential_ids": {"fields": specification}}),
            ):
                self.assertNotIn(make.SECRET, str(answer))
                self.assertNotIn(ciphertext, str(answer))

    def test_ciphertext_is_read_searched_and_exported_by_nobody(self):
        for user in (self.admin, self.officer):
            seen = self.credential.with_user(user)
            for attempt in (
                lambda s: s.read(["ciphertext"]),
                lambda s: s.export_data(["ciphertext"]),
                lambda s: s.search([("ciphertext", "=like", "g%")]),
                lambda s: s.search([], order="ciphertext"),
                lambda s: s._read_group([], ["ciphertext"]),
                lambda s: s.write({"ciphertext": "x"}),
            ):
                with self.assertRaises(AccessError):
                    attempt(seen)
            self.assertNotIn("ciphertext", seen.fields_get())

    def test_secret_cannot_be_searched_for(self):
        with self.assertRaises(ValueError), mute_logger("odoo.domains"):
            self.env["retail.credential"].search([("secret", "=", make.SECRET)])

    def test_secret_does_not_come_back_over_rpc(self):
        self.authenticate("admin", "admin")
        specification = {"secret": {}, "fingerprint": {}}
        values = {"backend_id": self.backend.id, "secret": OTHER_SECRET}
        saved = self.make_jsonrpc_request(
            "/web/dataset/call_kw/retail.credential/web_save",
            {
                "model": "retail.credential",
                "method": "web_save",
                "args": [[], values],
                "kwargs": {"specification": specification},
            },
        )
        self.assertFalse(saved[0]["secret"])
        self.assertEqual(len(saved[0]["fingerprint"]), 12)
        self.assertEqual(self.knock(OTHER_SECRET), 202)

    def test_administrator_sees_secrets_but_only_the_officer_changes_them(self):
        admin = make.make_user(self.env, "only-admin", "group_admin")
        self.assertTrue(self.credential.with_user(admin).fingerprint)
        with self.assertRaises(AccessError):
            self.credential.with_user(admin).secret = OTHER_SECRET
        self.credential.with_user(self.officer).secret = OTHER_SECRET
        self.assertEqual(self.knock(OTHER_SECRET), 202)

    # --- at rest --------------------------------------------------------------------

    def test_database_holds_a_ciphertext_and_nothing_else_of_it(self):
        self.env.cr.execute(
            "SELECT * FROM retail_credential WHERE id = %s", [self.credential.id]
        )
        row = self.env.cr.dictfetchone()
        bare = make.SECRET.removeprefix("whsec_")
        self.assertNotIn(bare, str(row))
        self.assertNotIn("secret", row)
        ring = KeyRing.from_text(os.environ[KEYS_VARIABLE])
        self.assertEqual(ring.decrypt(row["ciphertext"]), make.SECRET)

    def test_fingerprint_compares_secrets_without_telling_them(self):
        same, other = self.add_secret(make.SECRET), self.add_secret(OTHER_SECRET)
        self.assertEqual(same.fingerprint, self.credential.fingerprint)
        self.assertNotEqual(other.fingerprint, self.credential.fingerprint)
        self.assertRegex(other.fingerprint, "^[0-9a-f]{12}$")
        self.assertNotEqual(same.sudo().ciphertext, self.credential.sudo().ciphertext)

    def test_saving_without_a_secret_keeps_the_old_one(self):
        self.credential.write({"secret": False, "valid_until": False})
        self.assertEqual(self.knock(), 202)

    def test_copy_of_a_backend_has_no_secrets_and_no_keys(self):
        self.env["retail.api.key"]._issue(self.backend, "till 3")
        copy = self.backend.copy({"code": "till-copy"})
        self.assertFalse(copy.credential_ids)
        self.assertFalse(copy.api_key_ids)
        self.assertEqual(copy.state, "draft")

    def test_copy_of_a_credential_is_empty(self):
        copy = self.credential.copy({"backend_id": self.backend.id})
        self.assertFalse(copy.sudo().ciphertext)
        self.assertFalse(copy.fingerprint)

    # --- rotation -------------------------------------------------------------------

    def test_two_live_secrets_are_both_accepted(self):
        self.assertEqual(self.knock(OTHER_SECRET), 401)
        self.add_secret(OTHER_SECRET)
        self.assertEqual(self.knock(OTHER_SECRET), 202)
        self.assertEqual(self.knock(), 202)

    def test_secret_is_refused_after_its_end_and_before_its_beginning(self):
        now = fields.Datetime.now()
        self.credential.valid_until = now - timedelta(seconds=1)
        self.add_secret(OTHER_SECRET, valid_from=now + timedelta(minutes=1))
        self.assertEqual(self.knock(), 401)
        self.assertEqual(self.knock(OTHER_SECRET), 401)
        self.assertEqual(self.refusals(self.backend), {"no_secret": 2})

    def test_withdrawn_secret_is_refused_at_once(self):
        self.assertEqual(self.knock(), 202)
        self.credential.active = False
        self.assertEqual(self.knock(), 401)
        self.credential.active = True
        self.assertEqual(self.knock(), 202)
        self.credential.unlink()
        self.assertEqual(self.knock(), 401)

    def test_secret_for_sending_does_not_open_the_door(self):
        self.credential.purpose = "api"
        self.assertEqual(self.knock(), 401)

    # --- key ring -------------------------------------------------------------------

    def with_keys(self, *keys: str) -> object:
        return patch.dict(os.environ, {KEYS_VARIABLE: ",".join(keys)})

    def test_new_key_in_front_reads_what_the_old_one_wrote(self):
        old, new = os.environ[KEYS_VARIABLE], generate_key()
        with self.with_keys(new, old):
            self.assertEqual(self.credential._reveal()[0].value, make.SECRET)
            written = self.add_secret(OTHER_SECRET)
        with self.with_keys(new):
            self.assertEqual(written._reveal()[0].value, OTHER_SECRET)
            with self.assertRaisesRegex(ConfigurationError, "key ring"):
                self.credential._reveal()

    def test_old_key_can_go_after_everything_is_written_anew(self):
        old, new = os.environ[KEYS_VARIABLE], generate_key()
        with self.with_keys(new, old):
            self.env["retail.credential"]._rotate_all()
        with self.with_keys(new):
            self.assertEqual(self.credential._reveal()[0].value, make.SECRET)

    def test_key_ring_may_stand_in_the_configuration_file(self):
        key = os.environ[KEYS_VARIABLE]
        with (
            patch.dict(os.environ),
            patch.dict(config.options, {KEYS_OPTION: key}),
        ):
            del os.environ[KEYS_VARIABLE]
            self.assertEqual(self.credential._reveal()[0].value, make.SECRET)

    def test_missing_key_ring_says_what_to_set(self):
        with patch.dict(os.environ):
            del os.environ[KEYS_VARIABLE]
            with self.assertRaisesRegex(KeyRingMissing, KEYS_VARIABLE):
                self.credential._reveal()
            # On a screen it has to be a message and not a traceback.
            with self.assertRaisesRegex(UserError, KEYS_VARIABLE):
                self.add_secret(OTHER_SECRET)

    def test_missing_key_ring_is_our_fault_and_tells_senders_nothing(self):
        self.backend.write({"name": "forget what the worker remembers"})
        with patch.dict(os.environ), mute_logger("odoo.http"):
            del os.environ[KEYS_VARIABLE]
            response = self.send(make.make_event())
        problem = self.assertProblem(response, response.status_code, "RET-3003")
        self.assertGreaterEqual(response.status_code, 500)
        self.assertNotIn(KEYS_VARIABLE, str(problem))
