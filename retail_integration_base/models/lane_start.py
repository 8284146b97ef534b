"""``retail.lane.start``: the batch that a lane has begun and not been seen to end.

A worker that dies takes its transaction along: nothing tells the next one that this
very batch has just killed a worker, and it would be tried for ever. So the beginning
is written through a short cursor of its own, and its end after the job's commit or
rollback. Whoever holds the lane and finds a beginning without an end looks at the
remains of a lost worker. What is done then: ``inbox_event_alone.py``.

Of an outgoing lane it keeps when messages were last taken to be sent: those that a lost
worker left are ``sending`` (``outbox_event_work.py``).
"""

from functools import partial

from odoo import api, fields, models


class RetailLaneStart(models.Model):
    _name = "retail.lane.start"
    _description = "Begun Batch of a Lane"
    _order = "started_at desc"
    _rec_name = "lane_id"
    _log_access = False

    lane_id = fields.Many2one(
        "retail.lane", required=True, readonly=True, ondelete="cascade"
    )
    until_event_id = fields.Integer(
        string="Newest message",
        readonly=True,
        help="The batch reaches up to this message. Empty when it came to its end.",
    )
    started_at = fields.Datetime(string="Begun", readonly=True)
    claimed_at = fields.Datetime(
        string="Taken to send",
        readonly=True,
        help="When messages of an outgoing lane were last taken to be sent.",
    )

    # One row for each lane, changed in place: the table stays as small as the lanes.
    _lane_uniq = models.Constraint(
        "UNIQUE (lane_id)", "This lane has begun something already."
    )

    @api.model
    def _unfinished_until(self, lane_id: int) -> int | None:
        """Return the newest message of a batch that never came to its end.

        Only meaningful while the caller holds the lane's row. A beginning whose end is
        just being written is told too: then none of its messages is left to work.
        """
        self.env.cr.execute(
            "SELECT until_event_id FROM retail_lane_start WHERE lane_id = %s",
            [lane_id],
        )
        row = self.env.cr.fetchone()
        return row[0] if row else None

    @api.model
    def _begin(self, lane_id: int, until_event_id: int) -> None:
        """Note for whoever comes after us that we are about to work this batch."""
        with self.env.registry.cursor() as cr:
            # It has to survive this process, not a crash of the database.
            cr.execute("SET LOCAL synchronous_commit = off")
            cr.execute(
                """INSERT INTO retail_lane_start (lane_id, until_event_id, started_at)
                   VALUES (%s, %s, now() AT TIME ZONE 'UTC')
                       ON CONFLICT (lane_id) DO UPDATE
                      SET until_event_id = EXCLUDED.until_event_id,
                          started_at = EXCLUDED.started_at""",
                [lane_id, until_event_id],
            )
        end = partial(self._end, lane_id, until_event_id)
        # An exception is an end as well: the process lives and tells what happened.
        self.env.cr.postcommit.add(end)
        self.env.cr.postrollback.add(end)

    @api.model
    def _note_claim(self, lane_id: int) -> bool:
        """Note that messages of this outgoing lane are taken to be sent now.

        :return: whether PostgreSQL started anew since the last time. Odoo's workers end
            with it: that one was lost says nothing about what it was sending.
        """
        self.env.cr.execute(
            """WITH before AS (
                   SELECT claimed_at FROM retail_lane_start WHERE lane_id = %(lane)s
               )
               INSERT INTO retail_lane_start (lane_id, claimed_at)
               VALUES (%(lane)s, now() AT TIME ZONE 'UTC')
                   ON CONFLICT (lane_id) DO UPDATE SET claimed_at = EXCLUDED.claimed_at
               RETURNING pg_postmaster_start_time() AT TIME ZONE 'UTC'
                         > (SELECT claimed_at FROM before)""",
            {"lane": lane_id},
        )
        return bool(self.env.cr.fetchone()[0])

    @api.model
    def _end(self, lane_id: int, until_event_id: int | None = None) -> None:
        """Note that this batch came to its end, unless the next one began meanwhile.

        :param until_event_id: as it was begun; ``None`` for whatever the lane began
        """
        with self.env.registry.cursor() as cr:
            cr.execute("SET LOCAL synchronous_commit = off")
            cr.execute(
                "UPDATE retail_lane_start SET until_event_id = NULL"
                " WHERE lane_id = %s AND until_event_id = COALESCE(%s, until_event_id)",
                [lane_id, until_event_id],
            )
