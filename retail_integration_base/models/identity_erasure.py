"""``retail.identity``: forgetting a person, and keeping the totals (R144).

Contents of all stored messages that name the person, by any of their identities, are
erased; the identities lose their value and their customer. Sales stay as they are:
they carry no personal value of their own. A job does it in windows, as retention does.
"""

from collections import Counter

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .event_mixin import FINAL_STATES
from .retention import TABLES, erase_contents, id_range

WINDOW_IDS = 2_000
STEWARD_GROUP = "retail_integration_base.group_steward"


class RetailIdentity(models.Model):
    _inherit = "retail.identity"

    erasure_state = fields.Selection(
        [("wanted", "Being erased"), ("partly", "Erased in part"), ("done", "Erased")],
        readonly=True,
        copy=False,
    )
    erased_at = fields.Datetime(string="Erased", readonly=True, copy=False)
    erasure_open_count = fields.Integer(
        string="Open messages that still name the person", readonly=True, copy=False
    )

    def action_erase_person(self) -> None:
        """Forget the person behind these identities; a job does the work.

        :raises AccessError: not a steward
        :raises UserError: erased already
        """
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group(STEWARD_GROUP)):
            raise AccessError(self.env._("Only stewards may erase a person."))
        if any(identity.erasure_state == "done" for identity in self):
            raise UserError(self.env._("This person was erased already."))
        whole = self.sudo()._of_same_person()
        whole.write({"erasure_state": "wanted"})
        self.env["retail.audit.entry"]._record(
            "person.erasure_ordered", self, details={"identities": whole.ids}
        )
        for identity in self.sudo():
            identity.with_delay(
                identity_key=f"retail.identity:{identity.id}:erase",
                description="Retail: erase a person",
            )._erase_person()

    def _of_same_person(self) -> models.BaseModel:
        """Return these identities and all others of their customers."""
        partners = self.partner_id
        return self | self.search([("partner_id", "in", partners.ids)])

    def _erase_person(self) -> str:
        """Erase what is stored about the person; return what was done, in words.

        Safe to repeat. Open messages keep their content, since it has not had its
        effect yet: the identity stays *erased in part*, with its value, until somebody
        has solved them and orders the erasure again.
        """
        self.ensure_one()
        whole = self.sudo()._of_same_person()
        done: Counter[str] = Counter()
        for table in TABLES:
            done += whole._erase_messages(table)
        left = done["open"]
        values: dict[str, object] = {
            "erasure_state": "partly" if left else "done",
            "erasure_open_count": left,
        }
        if not left:
            values["erased_at"] = fields.Datetime.now()
            whole._forget()
        whole.write(values)
        details = {"messages": done["erased"], "open": left, "identities": whole.ids}
        self.env["retail.audit.entry"]._record("person.erased", self, details=details)
        return f"{done['erased']} messages erased, {left} open"

    def _forget(self) -> None:
        """Take value and customer away: plain SQL, since "erased" is no e-mail."""
        self.env.flush_all()
        for statement in (
            "UPDATE retail_transaction SET partner_id = NULL"
            " WHERE identity_id = ANY (%s)",
            "UPDATE retail_identity SET partner_id = NULL, value = 'erased-' || id"
            " WHERE id = ANY (%s)",
        ):
            self.env.cr.execute(statement, [self.ids])
        self.env.invalidate_all()

    def _erase_messages(self, table: str) -> Counter[str]:
        """Erase in windows, each in a transaction of its own."""
        done: Counter[str] = Counter(erased=0, open=0)
        with self.env.registry.cursor() as cr:
            first, last = id_range(cr, table)
        if first is None or last is None:
            return done
        # Odoo's cursors in tests see nothing that is not flushed.
        self.env.flush_all()
        words = [f"%{_like(value)}%" for value in self.mapped("value") if value]
        for after in range(first - 1, last, WINDOW_IDS):
            with self.env.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                found = self.with_env(env)._find_messages(table, after, words)
                ended = [row_id for row_id, state in found if state in FINAL_STATES]
                if ended:
                    erase_contents(cr, table, ended)
            done.update(erased=len(ended), open=len(found) - len(ended))
        return done

    def _find_messages(
        self, table: str, after: int, words: list[str]
    ) -> list[tuple[int, str]]:
        """Return id and state of the window's messages that are about the person."""
        # What we send names nobody but by value; what came in may hold a name, too.
        linked = (
            SQL(
                "id IN (SELECT t.inbox_event_id FROM retail_transaction t"
                " WHERE t.identity_id = ANY (%s))",
                self.ids,
            )
            if table == "retail_inbox_event"
            else SQL("FALSE")
        )
        cr = self.env.cr
        cr.execute(
            SQL(
                "SELECT id, state FROM %s WHERE id > %s AND id <= %s"
                " AND company_id = ANY (%s) AND payload IS NOT NULL"
                " AND (payload ILIKE ANY (%s) OR %s)",
                SQL.identifier(table),
                after,
                after + WINDOW_IDS,
                self.company_id.ids,
                words,
                linked,
            ),
            log_exceptions=False,
        )
        return cr.fetchall()


def _like(value: str) -> str:
    """Return ``value`` with nothing in it that LIKE would read as a pattern."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
