"""``retail.audit.entry``: who did, approved or retried what, for good.

``_record`` appends; nothing changes or removes an entry before its retention ends, and
triggers in the database see to that. An entry's hash covers the one before it
(``tools/audit_chain.py``); what a person changes behind Odoo's back is found by
``retail.audit.stream._verify`` and by ``setup/verify-audit``.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from ..fields import BigInteger, LooseMany2one
from ..tools import audit_chain, canonical, correlation
from ..tools.clock import to_naive, utc_now

COLUMNS = ("stream_id", *audit_chain.LINK, *audit_chain.CONTENT)
INSERT = (
    f"INSERT INTO retail_audit_entry ({', '.join(COLUMNS)})"
    f" VALUES ({', '.join(f'%({name})s' for name in COLUMNS)}) RETURNING id"  # nosec B608 # names of ours only
)
#: the chain of what belongs to no company: topics, signature schemes
SHARED_STREAM = "shared"

# An entry may come only as the head's newest, and go only behind the checkpoint.
GUARD = """
    CREATE OR REPLACE FUNCTION retail_audit_entry_guard() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF EXISTS (SELECT FROM retail_audit_stream AS head
                        WHERE head.id = NEW.stream_id AND head.name = NEW.stream
                          AND head.last_sequence = NEW.sequence
                          AND head.last_hash = NEW.entry_hash) THEN
                RETURN NEW;
            END IF;
        ELSIF TG_OP = 'DELETE' THEN
            IF EXISTS (SELECT FROM retail_audit_stream AS head
                        WHERE head.id = OLD.stream_id
                          AND head.checkpoint_sequence >= OLD.sequence) THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'The audit chain is append-only (%).', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END $$ LANGUAGE plpgsql;
    CREATE OR REPLACE TRIGGER retail_audit_entry_guard_row
        BEFORE INSERT OR UPDATE OR DELETE ON retail_audit_entry
        FOR EACH ROW EXECUTE FUNCTION retail_audit_entry_guard();
    CREATE OR REPLACE TRIGGER retail_audit_entry_guard_table
        BEFORE TRUNCATE ON retail_audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION retail_audit_entry_guard();
"""


class RetailAuditEntry(models.Model):
    _name = "retail.audit.entry"
    _description = "Audit Entry"
    _order = "id desc"
    _rec_name = "action"
    _log_access = False

    stream_id = fields.Many2one(
        "retail.audit.stream", required=True, readonly=True, ondelete="restrict"
    )
    stream = fields.Char(string="Chain", required=True, readonly=True)
    sequence = BigInteger(string="Number", required=True, readonly=True)
    previous_hash = fields.Char(required=True, readonly=True)
    entry_hash = fields.Char(string="Hash", required=True, readonly=True)
    recorded_at = fields.Datetime(
        string="When", required=True, readonly=True, index=True
    )
    action = fields.Char(
        required=True,
        readonly=True,
        index=True,
        help="What was done, such as exception.accepted or event.replayed.",
    )
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="res_model", readonly=True
    )
    res_name = fields.Char(string="Record", readonly=True)
    # Loose: an entry outlives its company and its people, and never changes with them.
    company_id = LooseMany2one("res.company", readonly=True, index=True)
    user_id = LooseMany2one("res.users", string="User", readonly=True)
    user_name = fields.Char(string="Login", readonly=True)
    approved_by_id = LooseMany2one("res.users", string="Approver", readonly=True)
    approved_by_name = fields.Char(string="Approved by", readonly=True)
    origin = fields.Selection(
        [("screen", "Screen"), ("api", "API"), ("system", "System")],
        required=True,
        readonly=True,
        help="Screen: a person at work. API: a partner's or agent's request. "
        "System: a job, a schedule or a command.",
    )
    remote_addr = fields.Char(string="From address", readonly=True)
    correlation_id = fields.Char(readonly=True, index=True)
    details = fields.Text(readonly=True)

    _place_uniq = models.Constraint(
        "UNIQUE (stream_id, sequence)", "This place of the chain is taken."
    )
    _record_idx = models.Index("(res_model, res_id)")

    def init(self) -> None:
        """Let the database refuse what would rewrite history."""
        self.env.cr.execute(GUARD)

    def action_open_record(self) -> dict:
        """Show the record that the entry is about.

        :raises UserError: it is gone
        """
        self.ensure_one()
        if self.res_model not in self.env or not (
            self.env[self.res_model].browse(self.res_id).exists()
        ):
            raise UserError(self.env._("This record does not exist any more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    @api.model
    def _record(
        self,
        action: str,
        records: models.BaseModel | None = None,
        *,
        details: dict[str, Any] | None = None,
        approved_by: models.BaseModel | None = None,
        correlation_id: str | None = None,
    ) -> models.BaseModel:
        """Append one entry for each of ``records`` (one without any); return them.

        Part of the caller's transaction: what is rolled back was not done. It updates
        the chain's head, which other transactions of the company then wait for and
        are replayed: for what people do, never in a door or a lane's batch.

        :param action: ``noun.verb`` in the past: ``exception.accepted``
        :param details: ids, states, reasons, amounts; JSON values, dates and decimals;
            no secrets and no personal data, since nothing erases an entry
        :param approved_by: the ``res.users`` who agreed, where four eyes are needed
        :param correlation_id: of the story; by default the records' own, else that of
            the running work
        """
        common = {
            "action": action,
            "details": _text(details),
            "correlation_id": correlation_id,
            **self._prepare_who(approved_by),
        }
        subjects = list(records) if records is not None else [None]
        return self.sudo().browse(self._append(one, common) for one in subjects)

    @api.model
    def _prepare_who(self, approved_by: models.BaseModel | None) -> dict[str, Any]:
        user = self.env["res.users"].sudo().browse(self.env.uid or ())
        approver = approved_by.sudo() if approved_by else user.browse()
        path = request.httprequest.path if request else ""
        return {
            "recorded_at": to_naive(utc_now()).replace(microsecond=0),
            "user_id": user.id or None,
            "user_name": user.login or None,
            "approved_by_id": approver.id or None,
            "approved_by_name": approver.login or None,
            "origin": "system"
            if not request or path.startswith("/queue_job/")
            else "api"
            if path.startswith("/retail/")
            else "screen",
            "remote_addr": request.httprequest.remote_addr if request else None,
        }

    @api.model
    def _record_for(
        self, stream: models.BaseModel, action: str, details: dict[str, Any]
    ) -> None:
        """Append an entry about a chain to that chain itself."""
        values = _prepare_subject(stream) | {
            "action": action,
            "details": _text(details),
            "correlation_id": correlation.current(),
            **self._prepare_who(None),
        }
        self._insert(stream.name, stream.company_id.id, values)

    @api.model
    def _append(self, record: models.BaseModel | None, common: dict[str, Any]) -> int:
        values = common | _prepare_subject(record)
        values["correlation_id"] = (
            common["correlation_id"]
            or values["correlation_id"]
            or correlation.current()
            or None
        )
        company_id = values["company_id"]
        stream = f"company-{company_id}" if company_id else SHARED_STREAM
        return self._insert(stream, company_id, values)

    @api.model
    def _insert(self, stream: str, company_id: int, values: dict[str, Any]) -> int:
        link = self.env["retail.audit.stream"]._advance(
            stream, company_id, audit_chain.content_text(values)
        )
        # psycopg2's own cursor: Odoo's would log the whole statement when it fails.
        cursor = self.env.cr._obj
        cursor.execute(INSERT, values | {"stream": stream, **link._asdict()})
        return cursor.fetchone()[0]


def _prepare_subject(record: models.BaseModel | None) -> dict[str, Any]:
    """Return what an entry keeps of the record it is about."""
    if record is None:
        return dict.fromkeys(
            ("res_model", "res_id", "res_name", "company_id", "correlation_id")
        )
    record = record.sudo()
    own = record if record._name == "res.company" else None
    company = own or ("company_id" in record._fields and record.company_id)
    story = "correlation_id" in record._fields and record.correlation_id
    return {
        "res_model": record._name,
        "res_id": record.id,
        "res_name": _subject_name(record) or None,
        "company_id": company.id if company else None,
        "correlation_id": story or None,
    }


def _subject_name(record: models.BaseModel) -> str:
    # Nothing erases an entry: records of people say what they may be called in one.
    named = getattr(record, "_audit_name", None)
    return named() if named else record.display_name


def _text(details: dict[str, Any] | None) -> str | None:
    if not details:
        return None
    return canonical.canonical_bytes(_plain(details)).decode()


def _plain(value: Any) -> Any:
    """Return ``value`` with everything that JSON lacks as text."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, models.BaseModel):
        return [f"{one._name},{one.id}" for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        return str(value)
    return value
