"""Signature schemes are data: the shipped ones, a new one, and an impossible one."""

import dataclasses
import hashlib
import hmac

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.models import BaseModel
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import signing
from ..tools.clock import utc_now
from . import factories as make
from .common_http import GatewayCase

#: A secret in the form that each shipped scheme wants.
SECRETS = dict.fromkeys(signing.SCHEMES, "a shared secret of some length")
SECRETS["standard-webhooks"] = make.SECRET
SECRETS["static-header"] = "a-token-without-blanks"
PUBLIC_URL = "https://shop.example/retail/v1/backends/square/events"


@tagged("post_install", "-at_install")
class TestSchemes(GatewayCase):
    def backend_with(self, scheme: BaseModel, secret: str) -> BaseModel:
        return make.make_backend(
            self.env,
            scheme.code,
            secret,
            signature_scheme_id=scheme.id,
            public_url=PUBLIC_URL,
        )

    # --- shipped --------------------------------------------------------------------

    def shipped(self) -> BaseModel:
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", "retail_integration_base"),
                ("model", "=", "retail.signature.scheme"),
            ]
        )
        return self.env["retail.signature.scheme"].browse(data.mapped("res_id"))

    def test_shipped_records_are_the_published_schemes(self):
        shipped = {scheme.code: scheme._spec() for scheme in self.shipped()}
        self.assertEqual(set(shipped), set(signing.SCHEMES))
        for code, published in signing.SCHEMES.items():
            with self.subTest(code):
                self.assertEqual(
                    dataclasses.asdict(shipped[code]), dataclasses.asdict(published)
                )

    def test_every_shipped_scheme_opens_the_door_and_keeps_others_out(self):
        for scheme in self.shipped():
            secret = SECRETS[scheme.code]
            backend = self.backend_with(scheme, secret)
            body = make.as_body(make.make_event())
            path = f"{backend.code}/events"
            signed = signing.sign(
                scheme._spec(),
                [secret],
                message_id="msg-1",
                timestamp=utc_now(),
                body=body,
                url=PUBLIC_URL,
            )
            with self.subTest(scheme.code):
                self.assertEqual(self.post(path, body, signed).status_code, 202)
                wrong = {**signed, scheme.signature_header: "0" * 44}
                self.assertProblem(self.post(path, body, wrong), 401, "RET-1001")
                self.assertProblem(self.post(path, body), 401, "RET-1001")
                if scheme.kind == "hmac":
                    tampered = body.replace(b"12", b"13")
                    response = self.post(path, tampered, signed)
                    self.assertProblem(response, 401, "RET-1001")
                self.assertEqual(len(self.stored(backend)), 1)

    def test_address_is_part_of_what_square_signs(self):
        scheme = self.env.ref("retail_integration_base.scheme_square")
        backend = self.backend_with(scheme, SECRETS["square"])
        body = make.as_body(make.make_event())
        spec = scheme._spec()
        for url, status in ((PUBLIC_URL, 202), (PUBLIC_URL + "/", 401)):
            signed = signing.sign(
                spec,
                [SECRETS["square"]],
                message_id="msg-1",
                timestamp=utc_now(),
                body=body,
                url=url,
            )
            response = self.post(f"{backend.code}/events", body, signed)
            self.assertEqual(response.status_code, status)

    # --- made from data -------------------------------------------------------------

    def make_scheme(self, **values: object) -> BaseModel:
        """Return a scheme like Voucherify's: hex HMAC-SHA256 of the body."""
        return self.env["retail.signature.scheme"].create(
            {
                "name": "Voucherify",
                "code": "voucherify",
                "encoding": "hex",
                "parts": "body",
                "signature_header": "x-voucherify-signature",
                **values,
            }
        )

    def test_scheme_made_of_data_alone_works_at_the_door(self):
        backend = self.backend_with(self.make_scheme(), "secretKey")
        body = make.as_body(make.make_event())
        mac = hmac.new(b"secretKey", body, hashlib.sha256).hexdigest()
        for name, value in (
            ("x-voucherify-signature", mac),
            ("X-Voucherify-Signature", mac.upper()),
        ):
            response = self.post("voucherify/events", body, {name: value})
            self.assertIn(response.status_code, (200, 202))
        for name, value in (
            ("x-voucherify-signature", mac[:-1]),
            ("x-voucherify-signature", f"{mac},{mac}"),
            ("x-voucherify-signatures", mac),
        ):
            response = self.post("voucherify/events", body, {name: value})
            self.assertProblem(response, 401, "RET-1001")
        self.assertEqual(len(self.stored(backend)), 1)

    def test_published_vector_is_accepted(self):
        # voucherifyio/voucherify-nodejs-sdk, its tests.
        mac = "a17d2ac229d1ebbb5f10e839c7985c4818e5986eab297f7e5979196d4d7d3ed2"
        self.backend_with(self.make_scheme(), "secretKey")
        headers = {"x-voucherify-signature": mac}
        response = self.post("voucherify/events", b'{"a":1}', headers)
        self.assertProblem(response, 422, "RET-1104", "/id")
        response = self.post("voucherify/events", b'{"a":2}', headers)
        self.assertProblem(response, 401, "RET-1001")

    def test_changed_scheme_counts_at_once(self):
        scheme = self.make_scheme()
        self.backend_with(scheme, "secretKey")
        body = make.as_body(make.make_event())
        mac = hmac.new(b"secretKey", body, hashlib.sha256).hexdigest()
        old, new = {"x-voucherify-signature": mac}, {"x-new": mac}
        self.assertEqual(self.post("voucherify/events", body, old).status_code, 202)
        scheme.signature_header = "x-new"
        self.assertEqual(self.post("voucherify/events", body, new).status_code, 200)
        self.assertEqual(self.post("voucherify/events", body, old).status_code, 401)

    # --- impossible -----------------------------------------------------------------

    def test_incoherent_scheme_is_refused(self):
        for values in (
            {"parts": "timestamp ."},
            {"parts": "id . body"},
            {"parts": "timestamp . body"},
            {"parts": "timestamp . body", "timestamp_form": "unix"},
            {"timestamp_form": "unix"},
            {"signature_form": "prefixed"},
            {"signature_form": "stripe_list"},
            {"tolerance_s": -1},
            {"tolerance_future_s": -1},
        ):
            with self.subTest(**values), self.assertRaises(ValidationError):
                self.make_scheme(**values)

    def test_scheme_in_use_cannot_become_incoherent(self):
        scheme = self.env.ref("retail_integration_base.scheme_standard_webhooks")
        for values in (
            {"parts": "id . timestamp"},
            {"id_header": False},
            {"timestamp_header": False},
            {"timestamp_form": False},
        ):
            with self.subTest(**values), self.assertRaises(ValidationError):
                scheme.write(values)

    def test_secret_that_the_scheme_cannot_use_is_refused_when_entered(self):
        for n, secret in enumerate(("whsec_not base64!", "whsec_", " ")):
            with self.subTest(secret), self.assertRaises(ValidationError):
                make.make_backend(self.env, f"wrong-{n}", secret)

    def test_scheme_code_is_unique(self):
        self.make_scheme()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.make_scheme()
