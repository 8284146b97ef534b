"""``retail.audit.stream``: the end of an audit chain, the row that serialises it.

Appending *updates* this row, so that of two transactions one is replayed; an advisory
lock would let the chain fork, since under REPEATABLE READ the second one still reads
its old snapshot (decision 32). Written by ``retail.audit.entry._record`` only. How the
chain is verified and anchored is in ``audit_stream_check.py``.
"""

from typing import NamedTuple

from odoo import api, fields, models

from ..fields import BigInteger, LooseMany2one
from ..tools.audit_chain import GENESIS_HASH

# One statement: the row's lock, the number, and the hash over the one before it.
APPEND = """
    UPDATE retail_audit_stream AS head
       SET last_sequence = old.last_sequence + 1,
           last_hash = encode(sha256(convert_to(concat_ws(E'\\n', old.last_hash,
               old.name, (old.last_sequence + 1)::text, %(content)s), 'UTF8')), 'hex')
      FROM retail_audit_stream AS old
     WHERE old.id = head.id AND head.name = %(name)s
 RETURNING head.id, head.last_sequence, old.last_hash, head.last_hash
"""

# A head only goes one entry on, and what is given up only grows.
GUARD = """
    CREATE OR REPLACE FUNCTION retail_audit_stream_guard() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.id = OLD.id AND NEW.name = OLD.name
               AND NEW.company_id IS NOT DISTINCT FROM OLD.company_id
               AND (NEW.last_sequence = OLD.last_sequence + 1
                    AND NEW.checkpoint_sequence = OLD.checkpoint_sequence
                    AND NEW.checkpoint_hash = OLD.checkpoint_hash
                    OR NEW.last_sequence = OLD.last_sequence
                    AND NEW.last_hash = OLD.last_hash
                    AND NEW.checkpoint_sequence >= OLD.checkpoint_sequence
                    AND NEW.checkpoint_sequence < NEW.last_sequence) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'The audit chain is append-only (%).', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END $$ LANGUAGE plpgsql;
    CREATE OR REPLACE TRIGGER retail_audit_stream_guard_row
        BEFORE UPDATE OR DELETE ON retail_audit_stream
        FOR EACH ROW EXECUTE FUNCTION retail_audit_stream_guard();
    CREATE OR REPLACE TRIGGER retail_audit_stream_guard_table
        BEFORE TRUNCATE ON retail_audit_stream
        FOR EACH STATEMENT EXECUTE FUNCTION retail_audit_stream_guard();
"""


class Link(NamedTuple):
    """The place of a new entry in its chain."""

    stream_id: int
    sequence: int
    previous_hash: str
    entry_hash: str


class RetailAuditStream(models.Model):
    _name = "retail.audit.stream"
    _description = "Audit Chain"
    _order = "name"
    _log_access = False

    name = fields.Char(string="Chain", required=True, readonly=True)
    # Loose: a foreign key would forbid or cascade what happens to companies.
    company_id = LooseMany2one("res.company", readonly=True, index=True)
    last_sequence = BigInteger(string="Entries", required=True, readonly=True)
    last_hash = fields.Char(required=True, readonly=True)
    checkpoint_sequence = BigInteger(
        string="Removed up to",
        required=True,
        readonly=True,
        help="Entries up to this one were removed when their retention ended.",
    )
    checkpoint_hash = fields.Char(required=True, readonly=True)

    _name_uniq = models.Constraint("UNIQUE (name)", "One head per chain.")

    def init(self) -> None:
        """Let the database refuse what would rewrite history."""
        self.env.cr.execute(GUARD)

    @api.model
    def _advance(self, name: str, company_id: int, content: str) -> Link:
        """Give the next entry of ``name`` its number and hash; holds the head's lock.

        The lock stays until the transaction ends: people's actions may do this, doors
        and lanes at work may not.
        """
        values = {"name": name, "content": content}
        row = self._append_to_head(values)
        if row is None:
            self.env.cr.execute(
                "INSERT INTO retail_audit_stream (name, company_id, last_sequence,"
                " last_hash, checkpoint_sequence, checkpoint_hash)"
                " VALUES (%s, %s, 0, %s, 0, %s) ON CONFLICT (name) DO NOTHING",
                (name, company_id or None, GENESIS_HASH, GENESIS_HASH),
                log_exceptions=False,
            )
            row = self._append_to_head(values)
        return Link(*row)

    @api.model
    def _append_to_head(self, values: dict[str, str]) -> tuple | None:
        # Being overtaken is expected, and the statement holds what must not be logged.
        self.env.cr.execute(APPEND, values, log_exceptions=False)
        return self.env.cr.fetchone()
