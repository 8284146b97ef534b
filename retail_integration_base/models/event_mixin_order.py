"""``retail.event.mixin``: order inside a key.

Who has to wait for whom, and who is let go when an earlier message is through. Other
keys never wait (design §3.1).
"""

from odoo import api, models
from odoo.tools import SQL

#: States in which an event keeps later events of its key waiting.
UNRESOLVED = ("retry", "dead", "held", "approval")


class RetailEventMixin(models.AbstractModel):
    _inherit = "retail.event.mixin"

    def _blocked_ids(self) -> set[int]:
        """Return those of this batch that an earlier unresolved event keeps waiting.

        Decided for each message, not for its key: the oldest one of a key is never
        blocked, or nothing would ever release the others.
        """
        if not self:
            return set()
        rows = self.env.execute_query(
            SQL(
                """SELECT own.id
                     FROM %(table)s own
                     JOIN retail_topic topic ON topic.id = own.topic_id
                    WHERE own.id = ANY (%(ids)s)
                      AND topic.keep_order
                      AND EXISTS (
                          SELECT 1 FROM %(table)s earlier
                           WHERE earlier.lane_id = own.lane_id
                             AND earlier.partition_key = own.partition_key
                             AND earlier.id < own.id
                             AND earlier.state IN %(unresolved)s
                             AND earlier.id <> ALL (%(ids)s))""",
                table=SQL.identifier(self._table),
                unresolved=UNRESOLVED,
                ids=list(self.ids),
            )
        )
        return {event_id for (event_id,) in rows}

    def _is_blocked(self, blocked_keys: set[str]) -> bool:
        """Tell whether an earlier message of this batch keeps this one waiting."""
        return self.partition_key in blocked_keys and self.topic_id.keep_order

    def _release_successors(self) -> int:
        """Let the events wait no longer that were held behind these; return how many.

        Those still blocked by another event are held again when their lane sees them.
        """
        if not self:
            return 0
        rows = self.env.execute_query(
            SQL(
                """UPDATE %(table)s held SET state = %(ready)s
                     FROM %(table)s own
                    WHERE own.id = ANY (%(ids)s)
                      AND held.lane_id = own.lane_id
                      AND held.partition_key = own.partition_key
                      AND held.state = 'held'
                RETURNING held.id, held.lane_id""",
                table=SQL.identifier(self._table),
                ready=self._ready_state,
                ids=list(self.ids),
            )
        )
        self.browse(row[0] for row in rows).invalidate_recordset(["state"])
        if rows:
            self.env["retail.lane"]._arm_after_commit({row[1] for row in rows})
        return len(rows)

    @api.model
    def _release_orphans(self) -> None:
        """Release messages that are held behind nothing.

        Somebody may decide about the earlier one in the moment in which a lane, which
        does not see that yet, holds the later one.
        """
        self.env.execute_query(
            SQL(
                """UPDATE %(table)s held SET state = %(ready)s
                    WHERE held.state = 'held'
                      AND NOT EXISTS (
                          SELECT 1 FROM %(table)s earlier
                           WHERE earlier.lane_id = held.lane_id
                             AND earlier.partition_key = held.partition_key
                             AND earlier.id < held.id
                             AND earlier.state IN (
                                 %(ready)s, 'sending', 'retry', 'dead', 'held',
                                 'approval'))
                RETURNING held.id""",
                table=SQL.identifier(self._table),
                ready=self._ready_state,
            )
        )
        self.invalidate_model(["state"])
