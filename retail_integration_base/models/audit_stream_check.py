"""``retail.audit.stream``: whether the chain holds, its anchors, and its retention.

Anchors are the heads, written once a day where the database's owner cannot change them
unseen: a folder (better on another machine) or a mailbox. Without them, somebody who
may rewrite every row and every hash leaves no trace; with them, nothing before the
last anchor can change.
"""

import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import config

from ..tools import audit_chain
from ..tools.audit_chain import Anchor, Finding, Head
from ..tools.clock import to_rfc3339, utc_now
from ..tools.errors import AuditChainBroken, ConfigurationError

ANCHOR_VARIABLE = "RETAIL_AUDIT_ANCHOR_DIR"
ANCHOR_OPTION = "retail_audit_anchor_dir"
ANCHOR_MAIL_PARAMETER = "retail_integration_base.audit_anchor_email"
ANCHOR_FILE = "retail-audit-anchors.jsonl"
PAGE_ROWS = 5_000

_logger = logging.getLogger(__name__)


def anchor_file() -> Path | None:
    """Return the file that anchors are appended to, ``None`` if none is configured."""
    folder = os.environ.get(ANCHOR_VARIABLE) or config.get(ANCHOR_OPTION)
    return Path(folder) / ANCHOR_FILE if folder else None


class RetailAuditStream(models.Model):
    _inherit = "retail.audit.stream"

    # --- verifying --------------------------------------------------------------------

    def _verify(self) -> list[Finding]:
        """Return the first break of each of these chains; nothing if all hold.

        :raises ConfigurationError: the anchor file cannot be read
        """
        anchors = self._read_anchors()
        found = []
        for stream in self.sudo():
            finding = audit_chain.verify(
                stream._head(),
                stream._rows(),
                [anchor for anchor in anchors if anchor.stream == stream.name],
            )
            if finding:
                _logger.error("Audit chain %s is broken at entry %s: %s", *finding)
                found.append(finding)
        return found

    def _head(self) -> Head:
        self.invalidate_recordset()
        return Head(
            self.name,
            self.last_sequence,
            self.last_hash,
            self.checkpoint_sequence,
            self.checkpoint_hash,
        )

    def _rows(self) -> Iterator[tuple]:
        columns = ", ".join(audit_chain.LINK + audit_chain.CONTENT)
        after = -1
        while True:
            self.env.cr.execute(
                f"SELECT {columns} FROM retail_audit_entry"
                " WHERE stream_id = %s AND sequence > %s ORDER BY sequence LIMIT %s",  # nosec B608 # names of ours only
                (self.id, after, PAGE_ROWS),
            )
            rows = self.env.cr.fetchall()
            yield from rows
            if len(rows) < PAGE_ROWS:
                return
            after = rows[-1][1]

    def action_verify(self) -> dict:
        """Check these chains from their first entry on, and say how it ended.

        :raises UserError: a chain is broken; names the first broken entry
        """
        self.check_access("read")
        anchors = anchor_file()
        found = self._verify()
        if found:
            error = AuditChainBroken(
                "; ".join(f"{f.stream}, entry {f.sequence}: {f.reason}" for f in found)
            )
            raise UserError(str(error))
        message = self.env._(
            "%(count)s entries in %(chains)s chains hold together.",
            count=sum(s.last_sequence - s.checkpoint_sequence for s in self),
            chains=len(self),
        )
        if not anchors:
            message += " " + self.env._(
                "No folder for anchors is configured: a complete rewrite of the chain "
                "would not show."
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Audit chain verified"),
                "message": message,
                "type": "success" if anchors else "warning",
                "sticky": not anchors,
            },
        }

    # --- anchors ----------------------------------------------------------------------

    @api.model
    def _read_anchors(self) -> list[Anchor]:
        path = anchor_file()
        if path is None or not path.exists():
            return []
        try:
            with path.open(encoding="utf-8") as lines:
                return list(audit_chain.read_anchors(lines, self.env.cr.dbname))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"The anchor file {path}: {error}") from error

    @api.model
    def _cron_anchor(self) -> None:
        """Verify, then write each head outside the database: folder, mail, or both.

        A head that was anchored already is not repeated, a broken chain not anchored.
        """
        streams = self.sudo().search([("last_sequence", ">", 0)])
        broken = {finding.stream for finding in streams._verify()}
        known = {(a.stream, a.sequence) for a in self._read_anchors()}
        anchors = [
            Anchor(
                database=self.env.cr.dbname,
                stream=stream.name,
                sequence=stream.last_sequence,
                entry_hash=stream.last_hash,
                at=to_rfc3339(utc_now().replace(microsecond=0)),
            )
            for stream in streams
            if stream.name not in broken
            and (stream.name, stream.last_sequence) not in known
        ]
        if not anchors:
            return
        text = "".join(audit_chain.anchor_line(anchor) + "\n" for anchor in anchors)
        path = anchor_file()
        if path:
            append_durably(path, text)
            _logger.info("Anchored %s audit chains in %s", len(anchors), path)
        self._mail_anchors(text)

    @api.model
    def _mail_anchors(self, text: str) -> None:
        address = (
            self.env["ir.config_parameter"].sudo().get_param(ANCHOR_MAIL_PARAMETER)
        )
        if address:
            self.env["mail.mail"].sudo().create(
                {
                    "subject": self.env._(
                        "Audit anchors of %(database)s", database=self.env.cr.dbname
                    ),
                    "body_html": f"<pre>{text}</pre>",
                    "email_to": address,
                    "auto_delete": False,
                }
            )

    # --- retention --------------------------------------------------------------------

    def _remove_before(self, limit: datetime) -> int:
        """Remove the entries recorded before ``limit``; return how many.

        The chain says so itself, as its newest entry, and stays verifiable from the
        checkpoint on. At least the newest entry stays.
        """
        self.ensure_one()
        entries = self.env["retail.audit.entry"].sudo()
        last = self._last_before(limit)
        if not last:
            return 0
        entries._record_for(
            self,
            audit_chain.REMOVED,
            {
                "from_sequence": self.checkpoint_sequence + 1,
                "to_sequence": last.sequence,
                "to_hash": last.entry_hash,
                "recorded_before": limit,
            },
        )
        self.env.cr.execute(
            "UPDATE retail_audit_stream SET checkpoint_sequence = %s,"
            " checkpoint_hash = %s WHERE id = %s",
            (last.sequence, last.entry_hash, self.id),
        )
        self.env.cr.execute(
            "DELETE FROM retail_audit_entry WHERE stream_id = %s AND sequence <= %s",
            (self.id, last.sequence),
        )
        removed = self.env.cr.rowcount
        self.env.invalidate_all()
        return removed

    def _last_before(self, limit: datetime) -> models.BaseModel:
        """Return the last entry of the unbroken run that was recorded before."""
        entries = self.env["retail.audit.entry"].sudo()
        own = [("stream_id", "=", self.id)]
        kept = entries.search(
            [*own, ("recorded_at", ">=", limit)], order="sequence", limit=1
        )
        older = [("sequence", "<", kept.sequence)] if kept else []
        return entries.search([*own, *older], order="sequence desc", limit=1)


def append_durably(path: Path, text: str) -> None:
    """Append lines in one write and wait until they are on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
