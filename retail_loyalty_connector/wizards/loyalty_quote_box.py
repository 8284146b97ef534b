"""``retail.loyalty.quote.box``: try a program out before customers do.

Somebody who sets a program up enters an amount, a product, a day, and reads the points,
what they are worth, and why. It asks the very engine that posts; nothing is written.
"""

from decimal import Decimal

from odoo import api, fields, models

from ..models.loyalty_bounded_mixin import money
from ..models.loyalty_engine_baskets import local
from ..tools.basket import Basket, BasketLine
from ..tools.quote import Quote


class RetailLoyaltyQuoteBox(models.TransientModel):
    _name = "retail.loyalty.quote.box"
    _description = "Try a Program Out"

    program_id = fields.Many2one("retail.loyalty.program", required=True)
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    amount = fields.Monetary(string="Somebody buys for", default=100)
    product_id = fields.Many2one(
        "product.product", help="Empty: something without a category."
    )
    qty = fields.Integer(string="Pieces", default=1)
    member_id = fields.Many2one(
        "retail.loyalty.member",
        domain="[('program_id', '=', program_id)]",
        help="Empty: somebody who has just joined.",
    )
    store_id = fields.Many2one("retail.store", help="Empty: a store of no rule.")
    channel_code = fields.Char(string="Channel", default="pos")
    at = fields.Datetime(string="When", default=fields.Datetime.now)
    points_paid = fields.Integer(string="And pays with points")
    points = fields.Integer(string="Earns", compute="_compute_answer")
    value = fields.Monetary(string="Worth", compute="_compute_answer")
    amount_paid = fields.Monetary(string="Points pay", compute="_compute_answer")
    why = fields.Text(compute="_compute_answer")

    @api.depends("program_id")
    def _compute_currency_id(self) -> None:
        for box in self:
            box.currency_id = box.program_id.currency_id

    @api.depends(
        "program_id",
        "currency_id",
        "amount",
        "product_id",
        "qty",
        "member_id",
        "store_id",
        "channel_code",
        "at",
        "points_paid",
    )
    def _compute_answer(self) -> None:
        for box in self:
            box.update({"points": 0, "value": 0, "amount_paid": 0, "why": False})
            if box.program_id and box.currency_id:
                box._apply_answer()

    def _apply_answer(self) -> None:
        engine = self.env["retail.loyalty.engine"]
        found = engine._quote(
            self.program_id, self._basket(), self.member_id, self.points_paid or None
        )
        wallet = self.program_id.wallet_ids[:1].code
        self.points = found.earned.points(wallet)
        terms = self.program_id._redemption_in(self.currency_id.name)
        self.value = float(terms.value(self.points)) if terms else 0
        self.amount_paid = float(found.redemption.amount) if found.redemption else 0
        self.why = "\n".join(self._sentences(found))

    def _basket(self) -> Basket:
        product = self.product_id
        path = (product.categ_id.parent_path or "").strip("/")
        line = BasketLine(
            key="1",
            qty=Decimal(max(1, self.qty)),
            amount=money(max(0, self.amount)),
            product=str(product.id or ""),
            categories=frozenset(path.split("/")) if path else frozenset(),
        )
        tz = self.store_id.tz or self.program_id.tz
        return Basket(
            lines=(line,),
            local_at=local(self.at or fields.Datetime.now(), tz),
            currency=self.currency_id.name,
            decimals=self.currency_id.decimal_places,
            channel=(self.channel_code or "").strip().lower(),
            store=self.store_id.code or "",
        )

    def _sentences(self, found: Quote) -> list[str]:
        """Return why: what gave points, what cut them, what gave none."""
        lines = [
            f"{part.points:+d}  {part.name}: {part.why.sentence}"
            for part in found.earned.parts
        ]
        lines += [cut.why.sentence for cut in found.earned.cuts]
        lines += [f"0  {one.name}: {one.why.sentence}" for one in found.earned.skipped]
        if found.redemption and found.redemption.why:
            lines.append(found.redemption.why.sentence)
        return lines or [self.env._("The program has no earning rule yet.")]
