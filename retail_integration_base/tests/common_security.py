"""Two companies with one record of every model each, for the tests of rights.

Records come about as in real life (messages in, worked, told on), so that none is
easier to protect than the real ones.
"""

import io

from odoo.api import Environment
from odoo.models import BaseModel

from ..models.order_progress import Place
from ..tools.clock import to_naive, utc_now
from ..tools.order_progress import Progress
from . import factories as make
from . import messages
from .common import RetailCase

RECORDED = "retail_integration_base.topic_transaction_recorded_v1"


class SecurityCase(RetailCase):
    """``cls.ours`` and ``cls.theirs``: model name -> a record of each company."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        cls.service = make.make_user(
            cls.env,
            "other-service",
            "group_service",
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )
        cls.registry_enter_test_mode_cls()
        cls.ours = cls.fill(cls.company, "ours")
        cls.theirs = cls.fill(cls.other_company, "theirs", user_id=cls.service.id)

    def make_member(self, login: str, *groups: str, other: bool = False) -> BaseModel:
        """Return a user of one company only, with the right to export."""
        company = self.other_company if other else self.company
        return make.make_user(
            self.env,
            login,
            "base.group_allow_export",
            *groups,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    @classmethod
    def fill(cls, company: BaseModel, code: str, **values: object) -> dict:
        """Let a company have a sale, a sale that is stuck, and a subscriber."""
        env = cls.env(context={"allowed_company_ids": company.ids})
        backend = cls.connect(env, company, code, **values)
        store = make.make_store(env, f"{code}-1", company_id=company.id)
        tax = make.make_tax_map(env, f"V-{code}", company_id=company.id)
        link = env["retail.external.id"].create(
            {
                "backend_id": backend.id,
                "entity": "store",
                "external_id": code,
                "res_id": store.id,
            }
        )
        env["retail.refusal"]._count(backend.id, "missing")
        env["retail.refusal"]._flush_buffer()
        done, stuck = cls.sell(backend, store, tax)
        sale = done.transaction_ids
        records = (
            *cls.controlled(backend),
            backend,
            backend.credential_ids[0],
            *cls.keyed(backend),
            done.lane_id,
            done,
            done.attempt_ids[0],
            stuck.exception_ids,
            sale,
            sale.line_ids,
            sale.tender_ids,
            sale.identity_id,
            *cls.told(sale),
            cls.followed(store),
            *cls.counted(backend),
            store,
            cls.known(store),
            tax,
            link,
        )
        found = {record._name: record.with_env(cls.env) for record in records}
        return found | cls.begin(done) | cls.schedule(found["retail.backend"])

    @classmethod
    def controlled(cls, backend: BaseModel) -> tuple[BaseModel, ...]:
        """Return an audit entry about the backend, its chain, and a policy."""
        entry = backend.env["retail.audit.entry"]._record("backend.tested", backend)
        policies = backend.env["retail.retention.policy"]
        policy = policies.create({"company_id": backend.company_id.id})
        rules = backend.env["retail.ownership.rule"]
        values = {"subject": "retail.store", "company_id": backend.company_id.id}
        rule = rules.create({**values, "owned_by": "newest", "state": "approved"})
        return entry, entry.stream_id, policy, rule

    @classmethod
    def followed(cls, store: BaseModel) -> BaseModel:
        """Return what is known of an order that has not come."""
        rows = store.env["retail.order.progress"]
        rows._receive([(Place(store.id, "web", "1"), Progress(utc_now()))])
        return rows.search([("store_id", "=", store.id)])

    @classmethod
    def known(cls, store: BaseModel) -> BaseModel:
        """Return the note of what Odoo holds of a store's name."""
        return store.env["retail.known.value"].search(
            [("res_id", "=", store.id), ("field_name", "=", "name")]
        )

    @classmethod
    def told(cls, sale: BaseModel) -> tuple[BaseModel, BaseModel]:
        """Return the message about a sale and the subscription that it is for."""
        message = sale.env["retail.outbox.event"].search([("res_id", "=", sale.id)])
        return message, message.subscription_id

    @classmethod
    def counted(cls, backend: BaseModel) -> tuple[BaseModel, ...]:
        """Return how much was counted at the backend, and an alert about it."""
        rule = backend.env["retail.alert.rule"].create(
            {
                "name": "Stuck",
                "measure": "sales_failed",
                "per": "backend",
                "company_id": backend.company_id.id,
                "impact": "Sales are missing.",
            }
        )
        rule._check_now(to_naive(utc_now()))
        sales = [("name", "=", "sale"), ("backend_id", "=", backend.id)]
        refused = [("backend_ref", "=", backend.id)]
        return (
            rule,
            rule.alert_ids,
            backend.env["retail.counter"].search(sales, limit=1),
            backend.env["retail.refusal"].search(refused, limit=1),
        )

    @classmethod
    def begin(cls, message: BaseModel) -> dict:
        """Return the note that the message's lane began a batch."""
        lane = message.lane_id
        cls.env["retail.lane.start"]._begin(lane.id, message.id)
        starts = cls.env["retail.lane.start"]
        return {starts._name: starts.search([("lane_id", "=", lane.id)])}

    @classmethod
    def schedule(cls, backend: BaseModel) -> dict:
        """Return a sync job of a backend, its run, and the gate of a call."""
        job = cls.env["retail.sync.job"].create(
            {"name": backend.code, "backend_id": backend.id}
        )
        gates = cls.env["retail.gate"].sudo()
        limits = backend._gate_limits()
        gate_id = gates._enter(backend.id, "partner.example", limits, 1.0, 1.0)
        gate = cls.env["retail.gate"].browse(gate_id)
        policy = cls.env["retail.degradation.policy"].create(
            {"backend_id": backend.id, "topic_id": cls.env.ref(RECORDED).id}
        )
        records = (job, job._start_runs(), gate, policy)
        found = cls.reconcile(backend)
        return found | {record._name: record for record in records}

    @classmethod
    def reconcile(cls, backend: BaseModel) -> dict:
        """Return a rule of a backend, a column and run of it, and a difference."""
        rule = cls.env["retail.reconciliation.rule"].create(
            {
                "name": backend.code,
                "backend_id": backend.id,
                "source": "retail.reconciliation.source.transactions",
                "lookback_days": 0,
            }
        )
        run = cls.env["retail.reconciliation.run"]._begin(rule, "list.csv")
        run._load_file(
            io.BytesIO(b"ref,business_date,total,tax,currency,kind,store\n9,,,,,,\n")
        )
        run._compare()
        line = run.line_ids.filtered(lambda one: one.kind == "missing_here")
        return {one._name: one for one in (rule, rule.column_ids[0], run, line)}

    @classmethod
    def keyed(cls, backend: BaseModel) -> tuple[BaseModel, BaseModel, BaseModel]:
        """Return a key, what is noted of its use, and the memory of one request."""
        key, _text = backend.env["retail.api.key"]._issue(backend, "till 3")
        facts = key._facts(backend.user_id)
        key.env["retail.api.key.use"]._spend(facts, None)
        memory = key.env["retail.idempotency.key"]
        memory._claim(facts, "one", "post_things", "f")
        key.invalidate_recordset()  # noted by SQL
        return key, key.use_ids, memory.search([("api_key_id", "=", key.id)])

    @classmethod
    def connect(
        cls, env: Environment, company: BaseModel, code: str, **values: object
    ) -> BaseModel:
        """Return a company's till; beside it there is somebody who is told."""
        values["company_id"] = company.id
        make.make_backend(
            env,
            f"{code}-subscriber",
            phase_events=True,
            event_url="http://127.0.0.1:9/events",
            subscribed_topic_ids=[(6, 0, env.ref(RECORDED).ids)],
            **values,
        )
        return make.make_backend(env, code, **values)

    @classmethod
    def sell(cls, backend: BaseModel, store: BaseModel, tax: BaseModel) -> BaseModel:
        """Return a message that went through and one that waits for a person."""
        events = []
        for register, sku in (("1", "MUG"), ("2", "NEW")):
            line = make.line(sku)
            line["taxes"][0]["code"] = tax.external_value
            receipt = make.make_receipt(
                [line],
                store=store.code,
                register=register,
                customer={"email": f"{backend.code}@example.com"},
            )
            events.append(make.make_event(receipt))
        received = messages.receive(cls.env, backend, *events)
        messages.work(cls.env, backend)
        if received.mapped("state") != ["done", "dead"]:
            raise AssertionError(received.mapped("error_message"))
        return received
