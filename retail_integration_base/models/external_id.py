"""``retail.external.id``: which record here is which object there.

Unique in both directions per backend and entity. ``entity`` is the canonical word
(product, store, customer, order …), never a vendor's.
"""

from collections.abc import Collection

from odoo import api, fields, models

ENTITIES = [
    ("product", "Product"),
    ("store", "Store"),
    ("customer", "Customer"),
    ("order", "Order"),
]
MODELS = {
    "product": "product.product",
    "store": "retail.store",
    "customer": "res.partner",
    "order": "retail.transaction",
}


class RetailExternalId(models.Model):
    _name = "retail.external.id"
    _inherit = ["retail.anchored.mixin", "retail.accountable.mixin"]
    _description = "External Id"
    _order = "backend_id, entity, external_id"
    _rec_name = "external_id"
    _check_company_auto = True
    _anchor_fields = ("backend_id",)

    backend_id = fields.Many2one(
        "retail.backend", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    entity = fields.Selection(ENTITIES, required=True)
    external_id = fields.Char(string="Id there", required=True)
    res_model = fields.Char(
        string="Model",
        compute="_compute_res_model",
        store=True,
        precompute=True,
        required=True,
    )
    res_id = fields.Many2oneReference(
        string="Record here", model_field="res_model", required=True
    )

    is_alias = fields.Boolean(
        string="Further id",
        help="Another id there of a record that is linked already, such as an old "
        "article number. Found when messages come in, never sent out.",
    )

    _external_uniq = models.Constraint(
        "UNIQUE (backend_id, entity, external_id)",
        "This external id is linked already.",
    )
    _primary_uniq = models.UniqueIndex(
        "(backend_id, entity, res_id) WHERE is_alias IS NOT TRUE",
        "This record is linked already; mark the new link as a further id.",
    )

    @api.depends("entity")
    def _compute_res_model(self) -> None:
        for link in self:
            link.res_model = MODELS.get(link.entity)

    @api.model
    def _find_records(
        self, backend: models.BaseModel, entity: str, external_ids: Collection[str]
    ) -> dict[str, int]:
        """Return ``external id -> record id`` for those that are linked."""
        links = self.search(
            [
                ("backend_id", "=", backend.id),
                ("entity", "=", entity),
                ("external_id", "in", list(external_ids)),
            ]
        )
        return {link.external_id: link.res_id for link in links}
