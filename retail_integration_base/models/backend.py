"""``retail.backend``: one remote system of one company, and how we deal with it.

Configuration and switches only. Messages are in ``retail.inbox.event`` and
``retail.outbox.event``, vendor code in ``retail.connector.*``.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

LANES_DEFAULT = 4
#: What any backend may allow at most; the routes read no further.
PAYLOAD_BYTES_MAX = 16 * 1024 * 1024
PAYLOAD_BYTES_DEFAULT = 2 * 1024 * 1024
SECRET_GROUPS = (
    "retail_integration_base.group_security,retail_integration_base.group_admin"  # nosec B105 # a name, no secret
)


class RetailBackend(models.Model):
    _name = "retail.backend"
    _description = "Retail Backend"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "retail.anchored.mixin",
        "retail.announced.mixin",
        "retail.accountable.mixin",
    ]
    _order = "name"
    _check_company_auto = True
    _anchor_fields = ("company_id",)

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Part of the addresses that the partner calls; cannot change later.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    kind = fields.Selection(
        [
            ("loyalty", "Loyalty platform"),
            ("oms", "Order management"),
            ("pos", "Point of sale"),
            ("webshop", "Webshop"),
            ("service", "Customer service"),
            ("payment", "Payment provider"),
            ("finance", "Finance system"),
            ("analytics", "Analytics"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    connector = fields.Selection(
        selection="_selection_connector",
        required=True,
        default="retail.connector.generic",
    )
    environment = fields.Selection(
        [("production", "Production"), ("staging", "Staging"), ("test", "Test")],
        required=True,
        default="test",
        tracking=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("paused", "Paused")],
        required=True,
        default="draft",
        tracking=True,
        copy=False,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Service user",
        required=True,
        default=lambda self: self._default_user_id(),
        help="The messages of this backend are worked with this user's rights.",
    )
    steward_id = fields.Many2one(
        "res.users",
        string="Steward (business)",
        tracking=True,
        default=lambda self: self.env.user,
        help="Decides about business exceptions: products, sums, customers.",
    )
    engineer_id = fields.Many2one(
        "res.users",
        string="Engineer (technical)",
        tracking=True,
        default=lambda self: self.env.user,
        help="Decides about technical exceptions: refused or undeliverable messages.",
    )
    phase_read = fields.Boolean(
        string="Receive", default=True, help="Messages from this system are accepted."
    )
    phase_write = fields.Boolean(
        string="Write back", help="Odoo may change data in this system."
    )
    phase_events = fields.Boolean(
        string="Send events", help="Its subscriptions are served."
    )

    signature_scheme_id = fields.Many2one("retail.signature.scheme", required=True)
    credential_ids = fields.One2many(
        "retail.credential", "backend_id", groups=SECRET_GROUPS
    )
    api_key_ids = fields.One2many("retail.api.key", "backend_id", groups=SECRET_GROUPS)
    payload_bytes_max = fields.Integer(
        string="Largest message (bytes)", default=PAYLOAD_BYTES_DEFAULT, required=True
    )
    lane_count = fields.Integer(
        string="Lanes",
        default=LANES_DEFAULT,
        required=True,
        help="How many keys can be worked at the same time in each direction.",
    )
    public_url = fields.Char(
        help="Our own address as the partner registered it, for schemes that sign it."
    )
    external_store_code = fields.Char(
        help="Store of the messages that do not name one, such as a webshop's orders."
    )

    timeout_connect_s = fields.Integer(
        string="Connect timeout (s)", default=5, required=True
    )
    timeout_read_s = fields.Integer(
        string="Read timeout (s)", default=15, required=True
    )
    deadline_s = fields.Integer(string="Total deadline (s)", default=30, required=True)
    retry_base_s = fields.Integer(string="First retry after (s)", default=5)
    retry_cap_s = fields.Integer(
        string="Longest wait between retries (s)", default=3600
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "This backend code is taken.")
    _code_form = models.Constraint(
        "CHECK (code ~ '^[a-z0-9][a-z0-9-]{1,62}$')",
        "A code has 2 to 63 lower case letters, digits and hyphens.",
    )
    _lane_count_bounds = models.Constraint(
        "CHECK (lane_count BETWEEN 1 AND 64)", "Between 1 and 64 lanes."
    )
    _limits_positive = models.Constraint(
        f"CHECK (payload_bytes_max BETWEEN 1 AND {PAYLOAD_BYTES_MAX}"
        " AND timeout_connect_s > 0 AND timeout_read_s > 0 AND deadline_s > 0"
        " AND retry_base_s > 0 AND retry_cap_s >= retry_base_s)",
        "Limits and times must be positive.",
    )

    @api.model
    def _default_user_id(self) -> "models.BaseModel":
        return self.env.ref("retail_integration_base.user_service", False) or (
            self.env.user
        )

    @api.model
    def _selection_connector(self) -> list[tuple[str, str]]:
        """Every concrete model of the connector contract, by its own description."""
        children = self.env.registry.descendants(["retail.connector"], "_inherit")
        return sorted(
            (name, self.env["ir.model"]._get(name).name)
            for name in children
            if name not in self._shared_connectors()
        )

    @api.model
    def _shared_connectors(self) -> frozenset[str]:
        """Return connectors that only others inherit; a module adds its own."""
        return frozenset({"retail.connector"})

    def _connector(self) -> "models.BaseModel":
        """Return the vendor code of this backend (an empty abstract record)."""
        self.ensure_one()
        return self.env[self.connector]

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailBackend":
        backends = super().create(vals_list)
        self.env["retail.lane"]._ensure_incoming(backends)
        return backends

    def write(self, vals: dict) -> bool:
        if "code" in vals and any(b.code != vals["code"] for b in self):
            raise UserError(
                self.env._("The code is part of the partner's addresses: it stays.")
            )
        if "lane_count" in vals:
            self._check_lanes_idle(vals["lane_count"])
        result = super().write(vals)
        if "lane_count" in vals:
            self.env["retail.lane"]._ensure_incoming(self)
            self.env["retail.lane"]._ensure_outgoing(self._all_subscriptions())
        if vals.get("state") == "active":
            self.env["retail.lane"].search([("backend_id", "in", self.ids)])._arm()
        return result

    def _let_service_user_in(self) -> None:
        """Give the shipped service user the companies of these backends.

        Each message is worked with its own backend's company only; a user that
        somebody chose is left as it is and checked instead.
        """
        shipped = self._default_user_id()
        mine = self.filtered(lambda backend: backend.user_id == shipped)
        missing = mine.company_id - shipped.sudo().company_ids
        if missing:
            shipped.sudo().company_ids = [Command.link(id_) for id_ in missing.ids]

    def _check_lanes_idle(self, lane_count: int) -> None:
        # A key's lane follows from the number of lanes: changing it under waiting
        # messages would let two lanes work the same key at the same time.
        busy = self.filtered(
            lambda b: (
                b.lane_count != lane_count
                and (b.inbox_open_count or b.outbox_open_count)
            )
        )
        if busy:
            raise UserError(
                self.env._(
                    "%(backends)s has messages waiting. Let them finish before "
                    "changing the number of lanes.",
                    backends=", ".join(busy.mapped("name")),
                )
            )

    @api.constrains("user_id", "company_id")
    def _check_user_company(self) -> None:
        self._let_service_user_in()
        for backend in self:
            if backend.company_id not in backend.user_id.sudo().company_ids:
                raise ValidationError(
                    self.env._(
                        "The service user of %(backend)s may not work in %(company)s.",
                        backend=backend.name,
                        company=backend.company_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self) -> None:
        for model in ("retail.inbox.event", "retail.outbox.event"):
            if self.env[model].sudo().search([("backend_id", "in", self.ids)], limit=1):
                raise UserError(
                    self.env._("A backend with messages can be archived, not deleted.")
                )

    def action_activate(self) -> None:
        """Take the backend into service; waiting messages start to move."""
        self.write({"state": "active"})

    def action_pause(self) -> None:
        """Hold everything: senders get 503, outgoing messages wait."""
        self.write({"state": "paused"})
