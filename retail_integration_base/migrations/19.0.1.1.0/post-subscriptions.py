"""Turn each backend's event address and topics into its first subscription.

Lanes and messages keep their ids: what waits for delivery goes on where it was.
"""

import logging
import uuid

from odoo.sql_db import Cursor
from odoo.tools.sql import column_exists, table_exists

_logger = logging.getLogger(__name__)

#: a topic table of the many-to-many field that is gone
OLD_RELATION = "retail_backend_retail_topic_rel"


def migrate(cr: Cursor, version: str | None) -> None:
    """Called by Odoo after the module's new tables exist."""
    if not version or not column_exists(cr, "retail_backend", "event_url"):
        return
    cr.execute(
        """SELECT b.id, b.code, b.company_id, b.event_url FROM retail_backend b
            WHERE NOT EXISTS (SELECT 1 FROM retail_subscription s
                               WHERE s.backend_id = b.id)
              AND (COALESCE(b.event_url, '') <> ''
                   OR EXISTS (SELECT 1 FROM retail_outbox_event e
                               WHERE e.backend_id = b.id))"""
    )
    for backend in cr.fetchall():
        _migrate_backend(cr, *backend)
    # What has neither address nor messages needs no outgoing lane until it subscribes.
    cr.execute(
        "DELETE FROM retail_lane WHERE direction = 'out' AND subscription_id IS NULL"
    )
    _logger.info("event addresses became subscriptions")


def _migrate_backend(
    cr: Cursor, backend_id: int, code: str, company_id: int, url: str | None
) -> None:
    cr.execute(
        """INSERT INTO retail_subscription
                  (name, uuid, message_seed, backend_id, company_id, active, url, state,
                   origin, alert_after_hours, disable_after_days, create_date,
                   write_date)
           VALUES ('Default', %s, %s, %s, %s, true, %s, %s, 'steward', 4, 0, now(),
                   now())
        RETURNING id""",
        [
            str(uuid.uuid4()),
            # So did the ids of messages follow from it until now: what is told again
            # is known to the partner.
            code,
            backend_id,
            company_id,
            url or None,
            "active" if url else "disabled",
        ],
    )
    (subscription_id,) = cr.fetchone()
    if table_exists(cr, OLD_RELATION):
        cr.execute(
            """INSERT INTO retail_subscription_retail_topic_rel
                      (retail_subscription_id, retail_topic_id)
               SELECT %s, retail_topic_id FROM retail_backend_retail_topic_rel
                WHERE retail_backend_id = %s""",
            [subscription_id, backend_id],
        )
    for table, condition in (
        ("retail_lane", "direction = 'out'"),
        ("retail_outbox_event", "subscription_id IS NULL"),
    ):
        cr.execute(
            f"UPDATE {table} SET subscription_id = %s"
            f" WHERE backend_id = %s AND {condition}",  # nosec B608 # names of ours only
            [subscription_id, backend_id],
        )
