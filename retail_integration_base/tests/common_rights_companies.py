"""Companies kept apart, held against every model of a module; see common_rights.py."""

from collections.abc import Iterator

from odoo.exceptions import AccessError, UserError

from .common_rights import RightsRules, rights


class CompanyRules(RightsRules):
    """Nobody of one company reaches a record of another."""

    def setUp(self):
        super().setUp()
        # Somebody who may do everything, in the other company.
        self.stranger = self.make_member(
            "stranger", "group_admin", "group_security", "group_auditor", other=True
        )

    def test_every_model_is_covered(self):
        decided, models = self.decided, {model._name for model in self.models()}
        missing = models - decided.shared - set(self.ours)
        self.assertFalse(
            missing,
            f"let a record of each come about in {decided.day}, or say in"
            f" {decided.table} that all companies share it",
        )
        gone = decided.shared - models
        self.assertFalse(gone, f"no models any more: take them out of {decided.table}")
        self.assertEqual(set(self.ours), set(self.theirs))
        for name, record in self.ours.items():
            self.assertEqual(len(record), 1, f"{name}: one record, see {decided.day}")

    def test_records_of_another_company_are_not_found(self):
        hint = f"give it a company rule in {self.decided.module}/security/*_rules.xml"
        for name, record in self.records():
            model = self.env[name].with_user(self.stranger)
            own = self.theirs[name]
            domain = [("id", "in", (record | own).ids)]
            with self.subTest(name):
                self.assertEqual(model.search(domain).ids, own.ids, hint)
                self.assertEqual(model.search_count(domain), 1)
                self.assertEqual(model._read_group(domain, [], ["__count"]), [(1,)])
                found = model.web_search_read(domain, {"display_name": {}})
                self.assertEqual([row["id"] for row in found["records"]], own.ids)
                named = model.name_search(domain=domain)
                self.assertEqual([id_ for id_, _name in named], own.ids)

    def test_records_of_another_company_are_not_read_or_changed(self):
        for name, record in self.records():
            record = record.with_user(self.stranger)
            for what, attempt in {
                "read": lambda r: r.read(["display_name"]),
                "export": lambda r: r.export_data(["display_name"]),
                "write": lambda r: r.write({}),
                "copy": lambda r: r.copy(),
                "unlink": lambda r: r.unlink(),
            }.items():
                # Recorded sales refuse any change before they ask who it is.
                refusal = UserError if what == "write" else AccessError
                with self.subTest(name, what=what), self.assertRaises(refusal):
                    attempt(record)

    def test_records_cannot_be_tied_to_another_company(self):
        # Odoo holds record rules against the old values only.
        for name, _record in self.records():
            if "w" not in rights(self.env[name], self.stranger):
                continue
            own = self.theirs[name].with_user(self.stranger)
            for field_name, value in self._foreign_values(name):
                with (
                    self.subTest(name, field=field_name),
                    self.assertRaises(
                        UserError,
                        msg="give the field check_company=True and the model"
                        " _check_company_auto, or anchor it (retail.anchored.mixin)",
                    ),
                    self.env.cr.savepoint(),
                ):
                    own.write({field_name: value})
                    self.env.flush_all()

    def test_records_stay_where_they_were_made(self):
        for name, record in self.records():
            for field_name in getattr(record, "_anchor_fields", ()):
                one, held = record._fields[field_name], record[field_name]
                same = one.convert_to_write(held, record)
                other = held.id + 1 if one.relational else f"{held}-moved"
                with self.subTest(name, field=field_name):
                    self.assertTrue(record.write({field_name: same}))
                    with self.assertRaises(UserError):
                        record.write({field_name: other})
                    self.assertEqual(record[field_name], held)

    def _foreign_values(self, name: str) -> Iterator[tuple[str, object]]:
        for field_name, one in self.env[name]._fields.items():
            if not one.relational or not one.store or one.readonly:
                continue
            foreign = self.ours.get(one.comodel_name)
            if one.comodel_name == "res.company":
                foreign = self.company
            if foreign and foreign not in self.theirs[name][field_name]:
                is_one = one.type == "many2one"
                yield field_name, foreign.id if is_one else [(4, foreign.id)]
