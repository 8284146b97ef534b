"""One model per file, named after it; every model has rights, and rules if companies.

What Odoo would only show at run time, or never: a table that every user can read, a
field of ours on Odoo's model that collides with one of another module.
"""

from __future__ import annotations

import ast
import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest
from odoo_models import ModelClass, model_classes
from project import PROJECT, Project, agree, sample

OWN_PREFIX = "retail."


def check_files(project: Project) -> list[str]:
    """Return files with no model, with two, or with a name that is not the model's."""
    findings = []
    for module in project.modules:
        by_path = defaultdict(list)
        for cls in model_classes(project, module):
            by_path[cls.path].append(cls)
        for folder in ("models", "wizards"):
            for path in project.within(module / folder, ".py"):
                if path.name != "__init__.py":
                    findings += _file_findings(project, path, by_path[path])
    return findings


def _file_findings(
    project: Project, path: Path, classes: list[ModelClass]
) -> list[str]:
    name = project.name(path)
    if not classes:
        return [f"{name}: holds no model; a function that needs no env goes to tools/"]
    cls, *others = classes
    strangers = [other.model for other in others if not _is_line_of(other, cls)]
    if strangers:
        names = ", ".join(strangers)
        return [f"{name}: holds {names} beside {cls.model}; one model per file"]
    stem = cls.model.removeprefix(OWN_PREFIX).replace(".", "_")
    fits = path.stem == stem or (not cls.creates and path.stem.startswith(f"{stem}_"))
    return [] if fits else [f"{name}: {cls.model} belongs to {stem}.py"]


def _is_line_of(other: ModelClass, cls: ModelClass) -> bool:
    """Say whether ``other`` is a part of the wizard ``cls``: its lines."""
    is_wizard = cls.kind == other.kind == "TransientModel"
    return is_wizard and other.model.startswith(f"{cls.model}.")


def check_names(project: Project) -> list[str]:
    """Return models outside ``retail.`` and additions to Odoo's models without it."""
    findings = []
    for module in project.modules:
        for cls in model_classes(project, module):
            name = f"{project.name(cls.path)}:{cls.node.lineno}"
            if cls.assigned("_sql_constraints") is not None:
                findings.append(f"{name}: Odoo 19 has models.Constraint for this")
            if cls.creates and not cls.model.startswith(OWN_PREFIX):
                findings.append(f"{name}: our models are called retail.<noun>")
            if cls.creates and cls.assigned("_description") is None:
                findings.append(f"{name}: {cls.model} has no _description")
            if not cls.model.startswith(OWN_PREFIX):
                findings += [f"{name}: {what}" for what in _unprefixed(cls)]
    return findings


def _unprefixed(cls: ModelClass) -> list[str]:
    """Return what we add to Odoo's own model under a name that is not ours."""
    findings = [
        f"field {field} on {cls.model} must start with retail_"
        for field, _call in cls.fields()
        if not field.startswith("retail_")
    ]
    findings += [
        f"method {method.name} on {cls.model} must start with retail_ or _retail_ "
        "(an override calls super())"
        for method in cls.methods()
        if not method.name.lstrip("_").startswith("retail_")
        and not _calls_super(method)
    ]
    return findings


def _calls_super(method: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == method.name
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "super"
        for node in ast.walk(method)
    )


def check_access(project: Project) -> list[str]:
    """Return models without an access line, or with companies but no record rule."""
    findings = []
    by_company = _models_by_company(project)
    for module in project.modules:
        rights, rules = _rights(module), _rules(module)
        for cls in model_classes(project, module):
            if not cls.creates or cls.kind == "AbstractModel":
                continue
            xml_id = f"model_{cls.model.replace('.', '_')}"
            where = f"{project.name(cls.path)}:{cls.node.lineno}"
            if xml_id not in rights:
                findings.append(
                    f"{where}: {cls.model} has no line in security/ir.model.access.csv"
                )
            if cls.kind == "Model" and cls.model in by_company and xml_id not in rules:
                findings.append(
                    f"{where}: {cls.model} has company_id but no ir.rule in security/"
                )
    return findings


def _models_by_company(project: Project) -> set[str]:
    """Return the models with a ``company_id``, their own or a mixin's."""
    parents: dict[str, set[str]] = defaultdict(set)
    found: set[str] = set()
    for module in project.modules:
        for cls in model_classes(project, module):
            parents[cls.model] |= set(cls.inherit) - {cls.model}
            if any(field == "company_id" for field, _call in cls.fields()):
                found.add(cls.model)
    while True:
        heirs = {model for model, above in parents.items() if above & found} - found
        if not heirs:
            return found
        found |= heirs


def _rights(module: Path) -> set[str]:
    path = module / "security" / "ir.model.access.csv"
    if not path.exists():
        return set()
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["model_id:id"].split(".")[-1] for row in csv.DictReader(lines)}


def _rules(module: Path) -> set[str]:
    found: set[str] = set()
    for path in (module / "security").glob("*.xml"):
        for record in re.findall(
            r'<record[^>]*model="ir\.rule".*?</record>', path.read_text("utf-8"), re.S
        ):
            found |= set(re.findall(r'name="model_id"\s+ref="(?:\w+\.)?(\w+)"', record))
    return found


def test_one_model_per_file_named_after_it():
    agree(check_files(PROJECT))


def test_names_are_ours_and_show_it():
    agree(check_names(PROJECT))


def test_every_model_has_rights_and_company_rules():
    agree(check_access(PROJECT))


# --- the checks can fail ------------------------------------------------------------

MANIFEST = {"retail_x/__manifest__.py": "{}"}
THING = """
class Thing(models.Model):
    _name = "retail.big.thing"
    _description = "Thing"
    company_id = fields.Many2one("res.company")
"""
MIXIN = """
class Mixin(models.AbstractModel):
    _name = "retail.mixin"
    _description = "Mixin"
    company_id = fields.Many2one("res.company")
"""
HEIR = """
class Thing(models.Model):
    _name = "retail.big.thing"
    _description = "Thing"
    _inherit = ["mail.thread", "retail.mixin"]
"""
PARTNER = """
class Partner(models.Model):
    _inherit = "res.partner"
    retail_code = fields.Char()

    def write(self, vals):
        return super().write(vals)

    def _retail_find(self):
        return self
"""
ACCESS = (
    "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
    "a,a,model_retail_big_thing,base.group_user,1,0,0,0\n"
)
RULE = """<odoo><record id="r" model="ir.rule">
<field name="model_id" ref="model_retail_big_thing"/></record></odoo>"""


def test_well_made_models_are_not_found(tmp_path):
    project = sample(
        tmp_path,
        MANIFEST
        | {
            "retail_x/models/big_thing.py": HEIR,
            "retail_x/models/mixin.py": MIXIN,
            "retail_x/models/big_thing_work.py": "class T(models.Model):\n"
            '    _inherit = "retail.big.thing"\n',
            "retail_x/models/res_partner.py": PARTNER,
            "retail_x/security/ir.model.access.csv": ACCESS,
            "retail_x/security/rules.xml": RULE,
        },
    )
    assert check_files(project) == check_names(project) == check_access(project) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("thing.py", THING),
        ("big_thing.py", THING + MIXIN),
        ("big_thing.py", "def helper(): ..."),
        ("big_thing_work.py", THING),
        ("partner.py", PARTNER),
    ],
)
def test_misplaced_model_is_found(tmp_path, name, text):
    project = sample(tmp_path, MANIFEST | {f"retail_x/models/{name}": text})
    assert len(check_files(project)) == 1


@pytest.mark.parametrize(
    "text",
    [
        THING.replace("retail.big.thing", "big.thing").replace("company", "retail"),
        THING.replace("_description", "_order"),
        THING + "    _sql_constraints = []\n",
        PARTNER.replace("retail_code", "code"),
        PARTNER.replace("_retail_find", "_find"),
        PARTNER.replace("super().write(vals)", "True"),
    ],
)
def test_badly_named_model_is_found(tmp_path, text):
    project = sample(tmp_path, MANIFEST | {"retail_x/models/a.py": text})
    assert len(check_names(project)) == 1


@pytest.mark.parametrize("text", [THING, HEIR + MIXIN])
def test_missing_rights_and_rules_are_found(tmp_path, text):
    project = sample(tmp_path, MANIFEST | {"retail_x/models/a.py": text})
    assert len(check_access(project)) == 2
