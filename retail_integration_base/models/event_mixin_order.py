"""``retail.event.mixin``: order inside a key.

Who has to wait for whom, and who is let go when an earlier message is through. Other
keys never wait (design §3.1).
"""

from odoo import api, models
from odoo.tools import SQL


class RetailEventMixin(models.AbstractModel):
    _inherit = "retail.event.mixin"

    #: States in which an event keeps later events of its key waiting: those of the
    #: model's partial index, which serves no question about one state more.
    _unresolved_states: tuple[str, ...] = ("retry", "dead", "held")

    def _blocked_ids(self) -> set[int]:
        """Return those of this batch that an earlier unresolved event keeps waiting.

        Decided for each message, not for its key: the oldest one of a key is never
        blocked, or nothing would ever release the others.
        """
        if not self:
            return set()
        # One table and values only: a join of the messages with themselves is planned
        # by statistics that a growing table has outgrown, and reads it once for each.
        rows = self.env.execute_query(
            SQL(
                """SELECT lane_id, partition_key, min(id) FROM %(table)s
                    WHERE lane_id = ANY (%(lanes)s)
                      AND partition_key = ANY (%(keys)s)
                      AND state IN %(unresolved)s
                      AND id <> ALL (%(ids)s)
                    GROUP BY lane_id, partition_key""",
                table=SQL.identifier(self._table),
                lanes=self.lane_id.ids,
                keys=list(set(self.mapped("partition_key"))),
                unresolved=self._unresolved_states,
                ids=list(self.ids),
            )
        )
        oldest = {(lane_id, key): event_id for lane_id, key, event_id in rows}
        return {
            event.id
            for event in self
            if oldest.get((event.lane_id.id, event.partition_key), event.id) < event.id
            and event.topic_id.keep_order
        }

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
