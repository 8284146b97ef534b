"""Test cases to build on: a shop with a backend, and how messages move in tests."""

import os
from unittest.mock import patch

from odoo.models import BaseModel
from odoo.tests import HttpCase, TransactionCase

from ..models.credential import KEYS_VARIABLE
from ..tools import signing
from ..tools.clock import utc_now
from ..tools.keyring import generate_key
from . import factories as make
from . import messages


class RetailData:
    """One store, one product, one tax and the backend ``till`` that reports sales."""

    @classmethod
    def _request_handler(
        cls, session: object, request: object, /, **kwargs: object
    ) -> object:
        # Odoo's guard lets loopback pass but cannot compare a pair of timeouts.
        if isinstance(kwargs.get("timeout"), tuple):
            kwargs["timeout"] = max(kwargs["timeout"])
        return super()._request_handler(session, request, **kwargs)

    @classmethod
    def _make_shop(cls) -> None:
        keys = patch.dict(os.environ, {KEYS_VARIABLE: generate_key()})
        keys.start()
        cls.addClassCleanup(keys.stop)
        cls.env.ref("base.EUR").active = True
        cls.store = make.make_store(cls.env)
        cls.mug = make.make_product(cls.env, "MUG")
        make.make_tax_map(cls.env)
        cls.backend = make.make_backend(cls.env, "till")

    def receive(self, *events: dict, backend: BaseModel | None = None) -> BaseModel:
        """Store canonical events as the gateway does; return them, oldest first."""
        return messages.receive(self.env, backend or self.backend, *events)

    def work(self, backend: BaseModel | None = None, direction: str = "in") -> int:
        """Work the lanes until nothing more can be done; return messages touched."""
        return messages.work(self.env, backend or self.backend, direction)

    def decide(
        self, exceptions: BaseModel, user: BaseModel, button: str, **values: object
    ) -> dict:
        """Press a button that asks first, and answer as a person does."""
        action = getattr(exceptions.with_user(user), button)()
        wizard = (
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(**action["context"])
            .create({"reason": "counted by hand", **values})
        )
        return wizard.action_apply()

    def sign(self, body: bytes, message_id: str = "msg-1", **values: object) -> dict:
        """Return the headers that a partner of ``till`` would send with ``body``."""
        return signing.sign(
            self.backend.signature_scheme_id._spec(),
            [make.SECRET],
            message_id=message_id,
            timestamp=values.get("timestamp") or utc_now(),
            body=body,
            url=str(values.get("url") or ""),
        )


class RetailCase(RetailData, TransactionCase):
    """Messages inside one test transaction; new cursors join it."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls._make_shop()

    def setUp(self) -> None:
        super().setUp()
        if not type(self)._registry_patched:  # data for the class came as messages
            self.registry_enter_test_mode()


class RetailHttpCase(RetailData, HttpCase):
    """Messages through the real routes."""

    # Limits of keys are counted on a second connection. In a test that is the same
    # one, so that a read-only request would forbid it.
    _registry_readonly_enabled = False

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls._make_shop()

    def post(
        self, path: str, body: bytes, headers: dict | None = None, **kwargs: object
    ) -> object:
        """POST ``body`` to a path below the backend's address."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self.url_open(
            f"/retail/v1/backends/{path}", data=body, headers=sent, **kwargs
        )
