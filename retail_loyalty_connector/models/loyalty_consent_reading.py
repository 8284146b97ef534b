"""``retail.loyalty.consent``: which word counts, and who may be addressed (R13).

Feeds, segments, campaigns and screens ask here; nobody reads the history by
themselves. ``_allowed`` answers for records, ``_allowed_sql`` for statements over all
members of a program.
"""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.consent import GIVEN, PURPOSES

# Of one second the withdrawal counts: in doubt nobody is addressed.
NEWEST = SQL("decided_at DESC, (decision = 'withdrawn') DESC, id DESC")
UNKNOWN = "unknown"


class Standing(NamedTuple):
    """Where a member stands about one purpose.

    :param decision: ``given``, ``withdrawn``, or ``unknown``: never asked
    :param consent_id: the word that counts
    """

    purpose: str
    decision: str = UNKNOWN
    consent_id: int | None = None


class RetailLoyaltyConsent(models.Model):
    _inherit = "retail.loyalty.consent"

    is_current = fields.Boolean(
        string="Counts",
        compute="_compute_is_current",
        search="_search_is_current",
        help="The newest word about its purpose.",
    )

    def _compute_is_current(self) -> None:
        current = self._standing(self.member_id)
        counting = {one.consent_id for each in current.values() for one in each}
        for consent in self:
            consent.is_current = consent.id in counting

    @api.model
    def _search_is_current(self, operator: str, value: object) -> list:
        if operator != "in":
            return NotImplemented
        newest = SQL(
            "(SELECT DISTINCT ON (member_id, purpose) id FROM retail_loyalty_consent"
            " ORDER BY member_id, purpose, %s)",
            NEWEST,
        )
        return [("id", "in" if True in value else "not in", newest)]

    @api.model
    def _standing(self, members: models.BaseModel) -> dict[int, list[Standing]]:
        """Return each member's standing about every purpose, in the purposes' order."""
        found: dict[tuple[int, str], Standing] = {}
        if members:
            rows = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT ON (member_id, purpose) member_id, purpose,"
                    " decision, id FROM retail_loyalty_consent"
                    " WHERE member_id = ANY (%s) ORDER BY member_id, purpose, %s",
                    members.ids,
                    NEWEST,
                )
            )
            found = {(row[0], row[1]): Standing(*row[1:]) for row in rows}
        return {
            member_id: [
                found.get((member_id, purpose), Standing(purpose))
                for purpose in PURPOSES
            ]
            for member_id in members.ids
        }

    @api.model
    def _allowed(self, members: models.BaseModel, purpose: str) -> models.BaseModel:
        """Return those of ``members`` who may be addressed for ``purpose``.

        They are active and the newest word about it was *given*; never asked is no.

        :param purpose: one of ``tools.consent.PURPOSES``
        :raises ValueError: nobody is asked for such a purpose
        """
        query = self._allowed_sql(purpose)
        rows = self.env.execute_query(
            SQL("%s AND member.id = ANY (%s)", query, members.ids)
        )
        allowed = {id_ for (id_,) in rows}
        return members.filtered(lambda one: one.id in allowed)

    @api.model
    def _allowed_sql(self, purpose: str) -> SQL:
        """Return a SELECT of the ids of all members who may be addressed.

        It ends in a WHERE whose table is ``member``: more can be ANDed.

        :raises ValueError: nobody is asked for such a purpose
        """
        if purpose not in PURPOSES:
            raise ValueError(f"nobody is asked for {purpose!r}")
        self.env["retail.loyalty.member"].flush_model(["state"])
        return SQL(
            "SELECT member.id FROM retail_loyalty_member AS member"
            " JOIN LATERAL (SELECT decision FROM retail_loyalty_consent"
            " WHERE member_id = member.id AND purpose = %s ORDER BY %s LIMIT 1"
            ") AS word ON word.decision = %s WHERE member.state = 'active'",
            purpose,
            NEWEST,
            GIVEN,
        )
