"""``retail.reconciliation.upload``: a partner's list as a file."""

import base64
import io

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.errors import RetailError


class RetailReconciliationUpload(models.TransientModel):
    _name = "retail.reconciliation.upload"
    _description = "Upload a List to compare with"

    rule_id = fields.Many2one(
        "retail.reconciliation.rule", required=True, ondelete="cascade"
    )
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    columns_text = fields.Char(
        string="Columns it must have", compute="_compute_columns_text"
    )

    def _compute_columns_text(self) -> None:
        for wizard in self:
            columns = wizard.rule_id._spec()
            wizard.columns_text = ", ".join(column.path_there for column in columns)

    def action_compare(self) -> dict:
        """Stage the file and compare in the background.

        :raises UserError: the file is not what the rule describes; nothing was stored
        """
        self.ensure_one()
        self.rule_id._check_runnable()
        runs = self.env["retail.reconciliation.run"]
        runs._check_operator()
        run = runs.sudo()._begin(self.rule_id, file_name=self.file_name or "list")
        if not run:
            raise UserError(self.env._("This rule is being compared already."))
        content = io.BytesIO(base64.b64decode(self.file))
        try:
            run._load_file(content)
        except RetailError as error:
            raise UserError(error.message) from error
        run._enqueue("go")
        # Staged: a second copy of the list is of no use.
        self.unlink()
        return run._show()
