"""Manifests, packaging and data files of the modules agree with each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from project import PROJECT, ROOT, Project, agree, sample

VERSION = re.compile(r"19\.0\.\d+\.\d+\.\d+")
NEEDED = ("name", "summary", "version", "category", "license", "author", "depends")
DATA_FOLDERS = ("data", "views", "security", "wizards")
PYPROJECT = """[build-system]
requires = ["whool"]
build-backend = "whool.buildapi"
"""
METAPACKAGE = "setup/_metapackage/pyproject.toml"
#: What Odoo 19 no longer understands, and what stands in its place.
OLD_XML = (
    (r"<tree\b", "<list>"),
    (r"\battrs\s*=", "invisible=, readonly=, required= with an expression"),
    (r"\bstates\s*=\s*[\"']", "invisible= with an expression"),
    (r"name=\"view_mode\">[^<]*\btree\b", "view_mode list"),
    (r"\bt-esc\s*=", "t-out="),
    (r"\bt-raw\s*=", "t-out="),
    (r"<openerp\b", "<odoo>"),
    (r"name=\"groups_id\"", "group_ids"),
    (r"name=\"numbercall\"", "nothing: Odoo 19 crons have no such field"),
)


def check_manifests(project: Project) -> list[str]:
    """Return manifests that lack something or say what they should not."""
    findings = []
    for module in project.modules:
        manifest = project.manifest(module)
        where = f"{module.name}/__manifest__.py"
        findings += [
            f"{where}: {key} is missing" for key in NEEDED if key not in manifest
        ]
        if not VERSION.fullmatch(manifest.get("version", "")):
            findings.append(f"{where}: version must be 19.0.x.y.z")
        if manifest.get("license") != "LGPL-3":
            findings.append(f"{where}: license must be LGPL-3")
        if "website" in manifest:
            findings.append(f"{where}: the project has no web site; leave website out")
        if "description" in manifest:
            findings.append(f"{where}: the description is readme/DESCRIPTION.md")
    return findings


def check_data(project: Project) -> list[str]:
    """Return listed files that do not exist and existing files that nobody lists."""
    findings = []
    for module in project.modules:
        manifest = project.manifest(module)
        listed = [*manifest.get("data", ()), *manifest.get("demo", ())]
        where = f"{module.name}/__manifest__.py"
        findings += [
            f"{where}: {name} does not exist"
            for name in listed
            if not (module / name).is_file()
        ]
        findings += [f"{where}: {n} twice" for n in set(listed) if listed.count(n) > 1]
        for folder in DATA_FOLDERS:
            for path in project.within(module / folder, ".xml", ".csv"):
                name = path.relative_to(module).as_posix()
                if name not in listed:
                    findings.append(f"{where}: {name} is not in data, so never loaded")
    return findings


def check_assets(project: Project) -> list[str]:
    """Return asset patterns that match nothing and sources in no bundle."""
    findings = []
    for module in project.modules:
        patterns = [
            entry if isinstance(entry, str) else entry[-1]
            for bundle in project.manifest(module).get("assets", {}).values()
            for entry in bundle
        ]
        own = [p for p in patterns if p.startswith(f"{module.name}/")]
        sources = {
            project.name(path): path
            for path in project.within(module / "static", ".js", ".xml", ".scss")
            if "description" not in path.parts and "lib" not in path.parts
        }
        findings += [
            f"{name}: is in no asset bundle, so never loaded"
            for name in sources
            if not any(_matches(name, pattern) for pattern in own)
        ]
        findings += [
            f"{module.name}/__manifest__.py: assets {pattern} matches no file"
            for pattern in own
            if "/static/tests/" not in pattern
            and not any(_matches(name, pattern) for name in sources)
        ]
    return findings


def _matches(name: str, pattern: str) -> bool:
    """Match as Odoo's globs do: ``**`` is any number of folders."""
    regex = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(regex, name) is not None


def check_packaging(project: Project) -> list[str]:
    """Return modules that ``pip`` could not build or the metapackage forgets."""
    findings = []
    for module in project.modules:
        path = module / "pyproject.toml"
        if not path.exists() or path.read_text("utf-8") != PYPROJECT:
            findings.append(
                f"{module.name}/pyproject.toml: exactly whool's three lines"
            )
    metapackage = project.root / METAPACKAGE
    if metapackage.exists():
        listed = re.findall(r'"odoo-addon-(retail_\w+)', metapackage.read_text("utf-8"))
        names = [module.name for module in project.modules]
        if sorted(listed) != sorted(names):
            findings.append(f"{METAPACKAGE}: lists {listed}, the modules are {names}")
    return findings


def check_requirements(project: Project) -> list[str]:
    """Return Python packages that a manifest needs and setup/ does not install."""
    path = project.root / "setup" / "requirements.in"
    if not path.exists():
        return []
    lines = path.read_text("utf-8").lower().splitlines()
    installed = {re.split(r"[<>=;\[ ]", line)[0].replace("_", "-") for line in lines}
    return [
        f"{module.name}: needs {name}, setup/requirements.in does not install it"
        for module in project.modules
        for name in project.manifest(module)
        .get("external_dependencies", {})
        .get("python", ())
        if name.lower().replace("_", "-") not in installed
    ]


def check_xml(project: Project) -> list[str]:
    """Return view code of older Odoo versions; Owl's templates are another language."""
    findings = []
    for module in project.modules:
        for path in project.within(module, ".xml"):
            if module / "static" in path.parents:
                continue
            text = path.read_text("utf-8")
            for pattern, instead in OLD_XML:
                match = re.search(pattern, text)
                if match:
                    line = text.count("\n", 0, match.start()) + 1
                    findings.append(
                        f"{project.name(path)}:{line}: {match[0]!r} is gone in Odoo "
                        f"19; write {instead}"
                    )
    return findings


def test_manifests_are_complete():
    agree(check_manifests(PROJECT))


def test_every_data_file_is_loaded_and_exists():
    agree(check_data(PROJECT))


def test_every_asset_is_loaded_and_exists():
    agree(check_assets(PROJECT))


def test_modules_can_be_packaged():
    agree(check_packaging(PROJECT))


def test_what_modules_need_is_installed():
    agree(check_requirements(PROJECT))


def test_views_speak_odoo_19():
    agree(check_xml(PROJECT))


def test_licence_is_the_whole_lgpl():
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text
    assert "6. Revised Versions of the GNU Lesser General Public License." in text


# --- the checks can fail ------------------------------------------------------------

GOOD = {
    "name": "X",
    "summary": "X",
    "version": "19.0.1.0.0",
    "category": "X",
    "license": "LGPL-3",
    "author": "X",
    "depends": [],
    "data": ["views/a.xml"],
    "assets": {"web.assets_backend": ["retail_x/static/src/**/*"]},
}


def module_of(folder: Path, manifest: dict, **files: str) -> Project:
    """Return a project with the module ``retail_x``."""
    every = {"views/a.xml": "<odoo/>", "static/src/a/b.js": "", **files}
    every |= {"__manifest__.py": repr(manifest), "pyproject.toml": PYPROJECT}
    return sample(folder, {f"retail_x/{name}": text for name, text in every.items()})


CHECKS = (check_manifests, check_data, check_assets, check_packaging, check_xml)


def findings_of(project: Project) -> list[str]:
    return [finding for check in CHECKS for finding in check(project)]


def test_well_made_module_is_not_found(tmp_path):
    assert findings_of(module_of(tmp_path, GOOD)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.0"},
        {"license": "AGPL-3"},
        {"website": "https://example.com"},
        {"description": "long"},
        {"data": ["views/a.xml", "views/b.xml"]},
        {"data": ["views/a.xml", "views/a.xml"]},
        {"data": []},
        {"assets": {}},
        {"assets": {"b": ["retail_x/static/src/**/*", "retail_x/static/c.js"]}},
    ],
)
def test_bad_manifest_is_found(tmp_path, change):
    assert len(findings_of(module_of(tmp_path, GOOD | change))) == 1


@pytest.mark.parametrize(
    "xml",
    [
        "<tree/>",
        "<field attrs=\"{'invisible': []}\"/>",
        '<button states="draft"/>',
        '<field name="view_mode">tree,form</field>',
        '<t t-esc="x"/>',
    ],
)
def test_old_view_code_is_found(tmp_path, xml):
    files = {"views/a.xml": f"<odoo>{xml}</odoo>"}
    assert len(findings_of(module_of(tmp_path, GOOD, **files))) == 1


def test_packaging_gaps_are_found(tmp_path):
    project = module_of(tmp_path, GOOD)
    (tmp_path / "retail_x/pyproject.toml").write_text("[project]\n")
    sample(tmp_path, {METAPACKAGE: 'dependencies = ["odoo-addon-retail_y>=19.0"]'})
    assert len(check_packaging(project)) == 2


def test_missing_requirement_is_found(tmp_path):
    needs = {"external_dependencies": {"python": ["pydantic", "openapi_pydantic"]}}
    project = module_of(tmp_path, GOOD | needs)
    sample(tmp_path, {"setup/requirements.in": "openapi-pydantic>=0.5\n"})
    assert len(check_requirements(project)) == 1
