"""Groups as rights_decided.py speaks of them: which include which."""

from odoo.tests import TransactionCase, tagged

from .common_rights import LADDER


@tagged("post_install", "-at_install")
class TestAccessMatrix(TransactionCase):
    def test_every_group_of_ours_is_in_the_ladder_as_it_is_in_odoo(self):
        prefix = "retail_integration_base"
        data = self.env["ir.model.data"].search(
            [("module", "=", prefix), ("model", "=", "res.groups")]
        )
        self.assertEqual(set(data.mapped("name")), set(LADDER))
        for name, above in LADDER.items():
            group = self.env.ref(f"{prefix}.{name}")
            implied = {
                xmlid.partition(".")[2]
                for xmlid in group.all_implied_ids.get_external_id().values()
                if xmlid.startswith(f"{prefix}.")
            }
            self.assertEqual(implied - {name}, set(above), name)
