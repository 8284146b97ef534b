"""``retail.topic``: a contract between systems, such as ``retail.order.placed.v1``.

The shape comes from code (``schemas.registry``), everything a person decides about
it (owner, objective, retention, retries, order) is data here. Read by the gateway,
the lanes and the outbox.
"""

import json

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..schemas.registry import SCHEMAS, json_schema
from ..tools.api_deprecation import Ending


class RetailTopic(models.Model):
    _name = "retail.topic"
    _description = "Topic"
    _inherit = ["mail.thread", "retail.announced.mixin", "retail.accountable.mixin"]
    _order = "name"

    name = fields.Char(required=True, help="Example: retail.order.placed.v1")
    description = fields.Text(translate=True)
    active = fields.Boolean(default=True)
    direction = fields.Selection(
        [("in", "Incoming"), ("out", "Outgoing")], required=True, default="in"
    )
    handler = fields.Selection(
        selection="_selection_handler",
        help="The code that turns a message of this topic into its effect.",
    )
    json_schema_text = fields.Text(
        string="JSON Schema", compute="_compute_json_schema_text"
    )
    criticality = fields.Selection(
        [("low", "Low"), ("normal", "Normal"), ("high", "High")],
        required=True,
        default="normal",
    )
    timing = fields.Selection(
        [
            ("realtime", "Real time"),
            ("micro_batch", "Micro-batch"),
            ("batch", "Batch"),
        ],
        required=True,
        default="realtime",
    )
    objective_s = fields.Integer(
        string="Objective (s)",
        default=60,
        help="A message should have its effect within this many seconds.",
    )
    system_of_record = fields.Char(help="Which system decides when two disagree.")
    attempts_max = fields.Integer(
        string="Attempts",
        default=8,
        required=True,
        help="Tries before a message goes to the dead letters.",
    )
    keep_order = fields.Boolean(
        default=True,
        help="Later messages of the same key wait while an earlier one is unresolved.",
    )
    is_command = fields.Boolean(
        string="Command",
        help="Delivered is not done: the partner has to confirm each message, in its "
        "answer or later by retail.command.result.v1.",
    )
    confirm_within_s = fields.Integer(
        string="Confirm within (s)",
        default=3600,
        required=True,
        help="A command without a word by then is an exception.",
    )
    payload_retention_days = fields.Integer(
        string="Payload kept (days)",
        default=30,
        help="What a message contains is erased this long after it is finished. "
        "0: kept as long as the message.",
    )
    record_retention_days = fields.Integer(
        string="Message kept (days)",
        default=400,
        help="A message and its attempts are removed this long after it is finished; "
        "the sale that it caused stays. 0: never.",
    )
    owner_id = fields.Many2one("res.users", tracking=True)
    deprecated_date = fields.Date(tracking=True)
    sunset_date = fields.Date(tracking=True)

    _name_uniq = models.Constraint("UNIQUE (name)", "This topic exists already.")
    _retention_positive = models.Constraint(
        "CHECK (payload_retention_days >= 0 AND record_retention_days >= 0)",
        "Days are counted from 0.",
    )
    _confirm_positive = models.Constraint(
        "CHECK (confirm_within_s > 0)", "A confirmation needs some time."
    )
    _attempts_positive = models.Constraint(
        "CHECK (attempts_max > 0)", "At least one attempt is needed."
    )

    @api.model
    def _selection_handler(self) -> list[tuple[str, str]]:
        """Every concrete model of the handler contract, by its own description."""
        children = self.env.registry.descendants(["retail.handler"], "_inherit")
        return sorted(
            (name, self.env["ir.model"]._get(name).name)
            for name in children
            if name != "retail.handler"
        )

    @api.depends("name")
    def _compute_json_schema_text(self) -> None:
        for topic in self:
            known = topic.name in SCHEMAS
            topic.json_schema_text = (
                json.dumps(json_schema(topic.name), indent=2) if known else False
            )

    @api.constrains("direction", "handler")
    def _check_handler(self) -> None:
        for topic in self:
            if topic.direction == "in" and not topic.handler:
                raise ValidationError(
                    self.env._(
                        "%(topic)s comes in, so it needs a handler.", topic=topic.name
                    )
                )

    @api.model
    def _published(self, name: str | None = None) -> "RetailTopic":
        """Return the topics that partners may know of: all in force, or one."""
        known = list(SCHEMAS) if name is None else {name} & set(SCHEMAS)
        return self.sudo().search([("name", "in", list(known))])

    def _ending(self) -> Ending:
        """Return the topic's dates for the headers of answers."""
        self.ensure_one()
        return Ending(self.name, self.deprecated_date or None, self.sunset_date or None)

    @api.model
    @tools.ormcache()
    def _endings(self) -> dict[int, Ending]:
        """Return the dates of those topics that are to end, by id; usually none."""
        domain = Domain("deprecated_date", "!=", False) | Domain(
            "sunset_date", "!=", False
        )
        return {topic.id: topic._ending() for topic in self.sudo().search(domain)}

    @api.model
    def _find_id(self, name: str, direction: str) -> int | None:
        """Return the id of the active topic called ``name``, or ``None``.

        Names come from outside: one that does not exist costs no query and takes no
        place in the cache.
        """
        return self._ids_by_name().get((name, direction))

    @api.model
    def _ids_of(self, direction: str) -> dict[str, int]:
        """Return name -> id of the active topics of one direction."""
        known = self._ids_by_name().items()
        return {name: id_ for (name, where), id_ in known if where == direction}

    @api.model
    @tools.ormcache()
    def _ids_by_name(self) -> dict[tuple[str, str], int]:
        known = self.sudo().search([("name", "in", list(SCHEMAS))])
        return {(topic.name, topic.direction): topic.id for topic in known}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_shipped(self) -> None:
        if any(topic.name in SCHEMAS for topic in self):
            raise ValidationError(
                self.env._("A shipped topic can be archived, not deleted.")
            )
