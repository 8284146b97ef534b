"""The case for loyalty's routes: a till with a key, a program, a member."""

import json
from typing import Any

import requests

from odoo.models import BaseModel

from odoo.addons.retail_integration_base.tests import factories as base_make
from odoo.addons.retail_integration_base.tests.common_http import GatewayCase

from . import factories as make
from .common import LoyaltyData

PATH = "/retail/v1/loyalty"
SCOPES = ("loyalty:read", "loyalty:enrol", "loyalty:redeem", "events:write")


class LoyaltyHttpCase(LoyaltyData, GatewayCase):
    """The backend ``till`` asks about ``member`` of ``program``, a company's own."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.be")
        cls._make_program()

    def setUp(self) -> None:
        super().setUp()
        key, self.text = self.issue(*SCOPES)
        key.limit_per_minute = 0

    def issue(self, *scopes: str, backend: BaseModel | None = None) -> tuple:
        """Return a key with those scopes and its text."""
        backend = backend or self.backend
        return self.env["retail.api.key"]._issue(backend, make.new_uuid()[:8], *scopes)

    def far_key(self, *, shared_user: bool = False) -> str:
        """Return the key of another company's backend.

        :param shared_user: the service user is that of our company's backends too
        """
        code = f"far-{make.new_uuid()[:8]}"
        company = self.env["res.company"].create({"name": code})
        values = {} if shared_user else {"user_id": self.far_user(company, code).id}
        far = base_make.make_backend(self.env, code, company_id=company.id, **values)
        return self.issue(*SCOPES, backend=far)[1]

    def far_user(self, company: BaseModel, login: str) -> BaseModel:
        """Return a service user of that company alone."""
        return base_make.make_user(
            self.env,
            login,
            "group_service",
            company_id=company.id,
            company_ids=company.ids,
        )

    def get(self, path: str, text: str | None = None) -> requests.Response:
        """GET a path below loyalty's."""
        self.env.flush_all()
        return self.url_open(
            PATH + path, headers={"Authorization": f"Bearer {text or self.text}"}
        )

    def do(
        self,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        *,
        key: str | None = "",
        text: str | None = None,
    ) -> requests.Response:
        """POST to a path below loyalty's.

        :param key: the ``Idempotency-Key``; a new one by default, ``None`` for none
        """
        self.env.flush_all()
        headers = {
            "Authorization": f"Bearer {text or self.text}",
            "Content-Type": "application/json",
        }
        if key is not None:
            headers["Idempotency-Key"] = f'"{key or make.new_uuid()}"'
        data = json.dumps(body) if isinstance(body, dict) else body
        return self.url_open(PATH + path, data=data, headers=headers, method="POST")

    def hold(self, points: int, **values: Any) -> requests.Response:
        """Ask for a hold of ``member``'s points."""
        known = {name: values.pop(name) for name in ("key", "text") if name in values}
        body = {
            "hold_id": make.new_uuid(),
            "member_id": self.member.uuid,
            "points": points,
            **values,
        }
        return self.do("/holds", body, **known)
