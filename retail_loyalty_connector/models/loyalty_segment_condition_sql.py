"""``retail.loyalty.segment.condition``: each rule in SQL, as a set of members.

A rule about purchases reads the purchases of its days once; who is in the set is then
joined. Never a question per member, and never ``NOT IN``, which PostgreSQL answers row
by row once the set is large. Called by ``retail.loyalty.segment._evaluate``.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

# Sales of members, as the engine knows them; returns count negative.
SALES = """
    FROM retail_loyalty_accrual AS accrual
    JOIN retail_transaction AS sale ON sale.id = accrual.transaction_id
   WHERE accrual.program_id = %s AND accrual.member_id IS NOT NULL
     AND accrual.state IN ('done', 'waiting') AND sale.occurred_at >= %s
"""
MONTHS = 12


class Rule(NamedTuple):
    """What a rule asks: a condition on ``member``, or to be in ``members`` or not.

    :param members: a query whose column is ``member_id``
    """

    condition: SQL | None = None
    members: SQL | None = None
    is_in: bool = True


class RetailLoyaltySegmentCondition(models.Model):
    _inherit = "retail.loyalty.segment.condition"

    def _rule(self, now: datetime) -> Rule:
        """Return what this line asks at ``now``."""
        self.ensure_one()
        rules = {
            "tier": self._rule_tier,
            "points": self._rule_points,
            "expiring": self._rule_expiring,
            "last_purchase": self._rule_last_purchase,
            "spend": self._rule_spend,
            "visits": self._rule_visits,
            "store": self._rule_store,
            "category": self._rule_category,
            "member_since": self._rule_member_since,
            "birthday": self._rule_birthday,
            "tag": self._rule_tag,
        }
        return rules[self.what](now)

    # --- who they are -----------------------------------------------------------------

    def _rule_tier(self, _now: datetime) -> Rule:
        return self._meets(SQL("member.tier_id = ANY (%s)", self.tier_ids.ids))

    def _rule_birthday(self, now: datetime) -> Rule:
        today = self.segment_id.program_id._day(now)
        months = {"this": today.month, "next": today.month % MONTHS + 1}
        month = months.get(self.month) or int(self.month)
        return self._meets(SQL("member.birthday_month = %s", str(month)))

    def _meets(self, condition: SQL) -> Rule:
        if self.comparison == "is":
            return Rule(condition)
        # What is not known is not so.
        return Rule(SQL("(%s) IS NOT TRUE", condition))

    def _rule_member_since(self, now: datetime) -> Rule:
        joined = now - timedelta(days=self.days)
        if self.comparison == "at_least":
            return Rule(SQL("member.enrolled_at <= %s", joined))
        return Rule(SQL("member.enrolled_at >= %s", joined))

    def _rule_tag(self, _now: datetime) -> Rule:
        return self._is_in(
            SQL(
                """SELECT tagged.id AS member_id FROM retail_loyalty_member AS tagged
                     JOIN res_partner_res_partner_category_rel AS tag
                       ON tag.partner_id = tagged.partner_id
                    WHERE tag.category_id = ANY (%s) AND tagged.program_id = %s""",
                self.tag_ids.ids,
                self.segment_id.program_id.id,
            )
        )

    # --- points -----------------------------------------------------------------------

    def _rule_points(self, _now: datetime) -> Rule:
        return self._compared(
            SQL(
                "SELECT account.member_id FROM retail_loyalty_account AS account"
                " WHERE account.wallet_id = %s AND account.member_id IS NOT NULL"
                " AND account.posted - account.held",
                self._wallet_id(),
            )
        )

    def _rule_expiring(self, now: datetime) -> Rule:
        return self._compared(
            SQL(
                """SELECT account.member_id FROM retail_loyalty_lot AS lot
                     JOIN retail_loyalty_account AS account
                       ON account.id = lot.account_id
                    WHERE account.wallet_id = %s AND account.member_id IS NOT NULL
                      AND lot.is_open AND lot.expires_at > %s AND lot.expires_at <= %s
                    GROUP BY account.member_id HAVING sum(lot.remaining)""",
                self._wallet_id(),
                now,
                now + timedelta(days=self.days),
            )
        )

    def _wallet_id(self) -> int:
        return self.segment_id.program_id.wallet_ids[:1].id

    # --- purchases --------------------------------------------------------------------

    def _rule_last_purchase(self, now: datetime) -> Rule:
        bought = SQL(
            "SELECT accrual.member_id %s AND sale.kind <> 'return'", self._sales(now)
        )
        # Who never bought has not bought for long.
        return Rule(members=bought, is_in=self.comparison == "at_most")

    def _rule_spend(self, now: datetime) -> Rule:
        return self._compared(
            SQL(
                "SELECT accrual.member_id %s AND sale.currency_id = %s"
                " GROUP BY accrual.member_id HAVING sum(sale.amount_total)",
                self._sales(now),
                self.segment_id.program_id.currency_id.id,
            )
        )

    def _rule_visits(self, now: datetime) -> Rule:
        return self._compared(
            SQL(
                "SELECT accrual.member_id %s AND sale.kind <> 'return'"
                " GROUP BY accrual.member_id HAVING count(*)",
                self._sales(now),
            )
        )

    def _rule_store(self, now: datetime) -> Rule:
        return self._is_in(
            SQL(
                "SELECT accrual.member_id %s"
                " AND sale.kind <> 'return' AND sale.store_id = ANY (%s)",
                self._sales(now),
                self.store_ids.ids,
            )
        )

    def _rule_category(self, now: datetime) -> Rule:
        below = [("id", "child_of", self.category_ids.ids)]
        return self._is_in(
            SQL(
                """SELECT accrual.member_id %s AND EXISTS (
                       SELECT FROM retail_transaction_line AS line
                         JOIN product_product AS product ON product.id = line.product_id
                         JOIN product_template AS template
                           ON template.id = product.product_tmpl_id
                        WHERE line.transaction_id = sale.id AND line.qty > 0
                          AND template.categ_id = ANY (%s))""",
                self._sales(now),
                self.env["product.category"].sudo().search(below).ids,
            )
        )

    def _sales(self, now: datetime) -> SQL:
        since = now - timedelta(days=self.days)
        return SQL(SALES, self.segment_id.program_id.id, since)

    # --- comparing --------------------------------------------------------------------

    def _is_in(self, members: SQL) -> Rule:
        return Rule(members=members, is_in=self.comparison == "is")

    def _compared(self, query: SQL) -> Rule:
        """Return that a number is at least or at most ours.

        :param query: members and, as its last words, the number; who is not in it has 0
        """
        if self.comparison == "at_most":
            return Rule(members=SQL("%s > %s", query, self.number), is_in=False)
        # At least nothing is everybody.
        if not self.number:
            return Rule(SQL("TRUE"))
        return Rule(members=SQL("%s >= %s", query, self.number))
