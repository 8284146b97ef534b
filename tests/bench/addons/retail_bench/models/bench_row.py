"""``retail.bench.row``: what the bare route stores, one row per request."""

from odoo import fields, models


class RetailBenchRow(models.Model):
    _name = "retail.bench.row"
    _description = "Row of the Bench"
    _log_access = False

    payload = fields.Text(readonly=True)
