"""``retail.loyalty.bounded.mixin``: a promise that holds for some people, places, days.

What earning rules and campaigns share: conditions, the goods that count, caps. Here it
is read into the values of ``tools/earning_rules.py``; nothing is computed. An empty
field never bounds anything.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import time
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.retail_integration_base.fields import BigInteger

from ..tools.earning_rules import SCOPES, Cap, Conditions, Window

#: field -> number of the day, 0 is Monday
WEEKDAYS = {
    "is_on_monday": 0,
    "is_on_tuesday": 1,
    "is_on_wednesday": 2,
    "is_on_thursday": 3,
    "is_on_friday": 4,
    "is_on_saturday": 5,
    "is_on_sunday": 6,
}


class RetailLoyaltyBoundedMixin(models.AbstractModel):
    _name = "retail.loyalty.bounded.mixin"
    _description = "Promise with Conditions"
    _inherit = ["retail.anchored.mixin"]
    _order = "program_id, sequence, id"
    _anchor_fields = ("program_id",)

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="program_id.company_id", store=True, index=True
    )
    wallet_id = fields.Many2one(
        "retail.loyalty.wallet",
        domain="[('program_id', '=', program_id)]",
        help="Empty: the program's first.",
    )
    date_from = fields.Date(string="From", help="First day, on the store's calendar.")
    date_to = fields.Date(string="To", help="Last day, on the store's calendar.")
    is_on_monday = fields.Boolean(string="Mon", default=True)
    is_on_tuesday = fields.Boolean(string="Tue", default=True)
    is_on_wednesday = fields.Boolean(string="Wed", default=True)
    is_on_thursday = fields.Boolean(string="Thu", default=True)
    is_on_friday = fields.Boolean(string="Fri", default=True)
    is_on_saturday = fields.Boolean(string="Sat", default=True)
    is_on_sunday = fields.Boolean(string="Sun", default=True)
    hour_from = fields.Float(string="From hour")
    hour_to = fields.Float(
        string="To hour", help="Before the first hour: over midnight. 0: no end."
    )
    channel_codes = fields.Char(
        string="Channels", help="Such as: pos web. Empty: all of them."
    )
    store_ids = fields.Many2many("retail.store", string="Stores")
    tier_ids = fields.Many2many(
        "retail.loyalty.tier",
        string="Tiers",
        domain="[('program_id', '=', program_id)]",
    )
    member_segment_ids = fields.Many2many(
        "retail.loyalty.segment",
        string="Segments",
        domain="[('program_id', '=', program_id)]",
        context={"active_test": False},
        help="For members of one of these segments, as of its last renewal.",
    )
    segment_ids = fields.Many2many(
        "res.partner.category",
        string="Contact tags",
        help="Also for members with one of these contact tags.",
    )
    currency_id = fields.Many2one(
        "res.currency", string="Only in", help="Empty: in every currency."
    )
    product_ids = fields.Many2many("product.product", string="Products")
    category_ids = fields.Many2many(
        "product.category", string="Categories", help="With all below them."
    )
    is_discounted_included = fields.Boolean(string="Reduced goods count", default=True)
    cap_order = BigInteger(string="At most per sale", help="Points. 0: no limit.")
    cap_day = BigInteger(string="At most per day", help="Points. 0: no limit.")
    cap_period = BigInteger(string="At most per month", help="Points. 0: no limit.")

    _caps_check = models.Constraint(
        "CHECK (cap_order >= 0 AND cap_day >= 0 AND cap_period >= 0)",
        "A limit cannot be negative.",
    )
    _hours_check = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_from < 24 AND hour_to >= 0 AND hour_to < 24)",
        "Hours go from 0 to 24.",
    )

    @api.constrains(*WEEKDAYS, "date_from", "date_to")
    def _check_days(self) -> None:
        for promise in self:
            if not any(promise[day] for day in WEEKDAYS):
                raise ValidationError(self.env._("Choose at least one day."))
            last = promise.date_to
            if last and promise.date_from and last < promise.date_from:
                raise ValidationError(self.env._("The last day is too early."))

    @api.constrains("program_id", "wallet_id", "tier_ids")
    def _check_one_program(self) -> None:
        for promise in self:
            others = (promise.wallet_id.program_id | promise.tier_ids.program_id) - (
                promise.program_id
            )
            if others:
                raise ValidationError(
                    self.env._("Wallets and tiers must be of the same program.")
                )

    @api.constrains("program_id", "store_ids")
    def _check_stores(self) -> None:
        for promise in self.sudo():
            company = promise.company_id
            # A group's program gives points in the stores of all its companies.
            if company and promise.store_ids.company_id - company:
                raise ValidationError(
                    self.env._("Stores must be of the program's company.")
                )

    # --- as the engine reads it -------------------------------------------------------

    def _wallet_code(self) -> str:
        return (self.wallet_id or self.program_id.wallet_ids[:1]).code

    def _conditions(self) -> Conditions:
        return Conditions(
            window=self._window(),
            channels=frozenset((self.channel_codes or "").lower().split()),
            stores=frozenset(self.store_ids.mapped("code")),
            tiers=frozenset(self.tier_ids.mapped("code")),
            segments=segment_keys(self.segment_ids)
            | self.member_segment_ids._engine_keys(),
            currency=self.currency_id.name or "",
        )

    def _window(self) -> Window:
        days = frozenset(n for name, n in WEEKDAYS.items() if self[name])
        return Window(
            from_date=self.date_from or None,
            to_date=self.date_to or None,
            weekdays=frozenset() if len(days) == len(WEEKDAYS) else days,
            from_time=_time(self.hour_from),
            to_time=_time(self.hour_to),
        )

    def _goods(self) -> dict[str, frozenset[str]]:
        """Return the products and categories that count, as a basket names them."""
        return {
            "products": id_keys(self.product_ids),
            "categories": id_keys(self.category_ids),
        }

    def _caps(self) -> tuple[Cap, ...]:
        return caps_of(self, self._key())

    def _key(self) -> str:
        """Return what the engine calls this promise, for good."""
        kind = self._name.rpartition(".")[2]
        return f"{kind}:{self.id}"


def caps_of(record: models.BaseModel, key: str) -> tuple[Cap, ...]:
    """Return the caps of a promise or a program: order, day, period."""
    return tuple(
        Cap(f"{key}:{scope}", record[f"cap_{scope}"], scope)
        for scope in SCOPES
        if record[f"cap_{scope}"]
    )


def id_keys(records: models.BaseModel) -> frozenset[str]:
    """Return records as a basket names them."""
    return frozenset(str(id_) for id_ in records.ids)


def segment_keys(tags: Iterable[models.BaseModel]) -> frozenset[str]:
    """Return contact tags by their own names, which reasons quote."""
    return frozenset(tag.with_context(lang=None).name for tag in tags)


def excluding(conditions: Conditions, segments: frozenset[str]) -> Conditions:
    """Return the conditions, not for members in these segments."""
    return replace(conditions, not_segments=segments)


def money(value: float) -> Decimal:
    """Return what a field of two digits holds, exactly."""
    return Decimal(f"{value or 0:.2f}")


def _time(hours: float) -> time | None:
    minutes = round((hours or 0) * 60)
    return time(minutes // 60 % 24, minutes % 60) if minutes else None
