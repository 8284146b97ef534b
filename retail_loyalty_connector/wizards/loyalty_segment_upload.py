"""``retail.loyalty.segment.upload``: a list of members as a file.

The first column of each line: member number, member ID or e-mail address. Called from a
segment that is made by a list.
"""

import base64
import csv
import io

from odoo import fields, models
from odoo.exceptions import UserError

#: above this somebody uploads the wrong file
LINES_MAX = 1_000_000
UNKNOWN_SHOWN = 10
FIND = """
    WITH asked AS (SELECT DISTINCT trim(word) AS word FROM unnest(%(words)s) AS word)
    SELECT asked.word, member.id FROM asked
      LEFT JOIN LATERAL (
          SELECT id FROM retail_loyalty_member
           WHERE program_id = %(program)s AND number = asked.word
           UNION
          SELECT id FROM retail_loyalty_member
           WHERE program_id = %(program)s AND uuid = lower(asked.word)
           UNION
          SELECT known.id FROM retail_identity AS identity
            JOIN retail_loyalty_member AS known
              ON known.partner_id = identity.partner_id
             AND known.program_id = %(program)s
           WHERE identity.company_id = ANY(%(companies)s) AND identity.kind = 'email'
             AND identity.value = lower(asked.word)
      ) AS member ON TRUE
"""


class RetailLoyaltySegmentUpload(models.TransientModel):
    _name = "retail.loyalty.segment.upload"
    _description = "Upload a List of Members"

    segment_id = fields.Many2one(
        "retail.loyalty.segment", required=True, ondelete="cascade"
    )
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    how = fields.Selection(
        [("replace", "It replaces the list"), ("add", "It is added to the list")],
        string="What of the list so far?",
        required=True,
        default="replace",
    )
    result = fields.Text(readonly=True)

    def action_upload(self) -> dict:
        """Put these members on the list, renew the segment, and say who is unknown.

        :raises AccessError: not a steward
        :raises UserError: no text file, no member in it, or too long
        """
        self.ensure_one()
        self.segment_id._check_steward()
        words = self._words()
        self.env.cr.execute(
            FIND,
            {
                "words": words,
                "program": self.segment_id.program_id.id,
                "companies": self.env.companies.ids,
            },
        )
        rows = self.env.cr.fetchall()
        found = sorted({id_ for _word, id_ in rows if id_})
        unknown = sorted({word for word, id_ in rows if not id_})
        if not found:
            raise UserError(self.env._("Nobody in this file is a member."))
        self._put(found)
        self.segment_id.sudo()._evaluate()
        self.result = self._tell(len(found), unknown)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _words(self) -> list[str]:
        try:
            text = base64.b64decode(self.file).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UserError(
                self.env._("This is no text file in UTF-8: save the list as CSV.")
            ) from error
        delimiter = ";" if ";" in text[:1000] else ","
        words = [
            row[0].strip()
            for row in csv.reader(io.StringIO(text), delimiter=delimiter)
            if row and row[0].strip()
        ]
        if len(words) > LINES_MAX:
            raise UserError(self.env._("A list has at most %s lines.", LINES_MAX))
        return words

    def _put(self, found: list[int]) -> None:
        segment = self.segment_id.id
        if self.how == "replace":
            self.env.cr.execute(
                "DELETE FROM retail_loyalty_segment_listed_rel WHERE segment_id = %s",
                (segment,),
            )
        self.env.cr.execute(
            "INSERT INTO retail_loyalty_segment_listed_rel (segment_id, member_id)"
            " SELECT %s, id FROM unnest(%s) AS id ON CONFLICT DO NOTHING",
            (segment, found),
        )
        self.segment_id.invalidate_recordset(["listed_member_ids", "listed_count"])
        self.env["retail.audit.entry"]._record(
            "loyalty_segment.listed",
            self.segment_id,
            details={"members": len(found), "how": self.how},
        )

    def _tell(self, found: int, unknown: list[str]) -> str:
        lines = [self.env._("%s members are on the list.", found)]
        if unknown:
            shown = ", ".join(unknown[:UNKNOWN_SHOWN])
            lines.append(
                self.env._(
                    "%(count)s lines name no member: %(shown)s",
                    count=len(unknown),
                    shown=shown + (" …" if len(unknown) > UNKNOWN_SHOWN else ""),
                )
            )
        return "\n".join(lines)
