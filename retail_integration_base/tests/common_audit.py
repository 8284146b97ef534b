"""The case for the audit chain: entries about a backend, and somebody who tampers."""

from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from odoo.tools import SQL, mute_logger

from ..models.audit_stream_check import ANCHOR_FILE, ANCHOR_VARIABLE
from .common import RetailCase

STREAM_LOGGER = "odoo.addons.retail_integration_base.models.audit_stream_check"


class AuditCase(RetailCase):
    def setUp(self):
        super().setUp()
        self.entries = self.env["retail.audit.entry"]
        # A chain of its own, that nothing else has written to.
        self.subject = self.env["res.company"].create({"name": "Audited"})
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.anchors = Path(folder.name) / ANCHOR_FILE
        self.startPatcher(
            patch.dict("os.environ", {ANCHOR_VARIABLE: str(self.anchors.parent)})
        )

    def record(self, count=5):
        """Append entries about the backend; return its company's chain."""
        for number in range(count):
            self.entries._record(
                "backend.tested", self.subject, details={"number": number}
            )
        return self.chain()

    def chain(self):
        name = f"company-{self.subject.id}"
        return self.env["retail.audit.stream"].search([("name", "=", name)])

    def tamper(self, statement: str, *values: object) -> None:
        """Change rows as somebody can who owns the database: without the triggers."""
        self.env.flush_all()
        self.switch_triggers(on=False)
        # The statements are those of the tests.
        self.env.cr.execute(statement, values)  # pylint: disable=sql-injection
        self.assertTrue(self.env.cr.rowcount, "nothing was tampered with")
        self.switch_triggers(on=True)
        self.env.invalidate_all()

    def switch_triggers(self, *, on: bool) -> None:
        for table in ("retail_audit_entry", "retail_audit_stream"):
            name = SQL.identifier(table)
            if on:
                self.env.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", name))
            else:
                self.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", name))

    def broken_at(self):
        with mute_logger(STREAM_LOGGER):
            findings = self.chain()._verify()
        return [finding.sequence for finding in findings]
