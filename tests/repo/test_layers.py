"""Who may import whom: layers inside a module, modules among each other.

``schemas, tools`` <- ``models`` <- ``controllers, wizards`` (house style), and design
§2's table of modules. Each message says where the code should go.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import PROJECT, Project, agree, sample

#: Layer -> layers of the same module that it may import.
MAY_IMPORT = {
    "schemas": {"schemas", "tools"},
    "tools": {"schemas", "tools"},
    "models": {"schemas", "tools", "models"},
    "controllers": {"schemas", "tools", "models", "controllers"},
    "wizards": {"schemas", "tools", "models", "wizards"},
}
WHERE_TO = {
    "schemas": "a contract describes data only; what works on it goes to tools/ "
    "(pure) or models/ (needs env)",
    "tools": "what needs env is an AbstractModel in models/; tools/ are pure",
    "models": "models are called by controllers and wizards, never the other way; "
    "move the shared part down to models/ or tools/",
    "controllers": "what a wizard and a route share goes to models/",
    "wizards": "what a wizard and a route share goes to models/",
}
#: Modules of the suite that a module may build on, from design §2.
MAY_DEPEND = {
    "retail_integration_base": set(),
    "retail_loyalty_connector": {"retail_integration_base"},
    "retail_oms_bridge": {"retail_integration_base"},
    "retail_pos_sync": {"retail_integration_base", "retail_loyalty_connector"},
    "retail_service_desk": {
        "retail_integration_base",
        "retail_loyalty_connector",
        "retail_oms_bridge",
    },
    "retail_finance_bridge": {"retail_integration_base"},
}
PURE = ("schemas", "tools")
IO_MODULES = {"os", "pathlib", "shutil", "socket", "subprocess", "tempfile", "logging"}
HTTP_MODULES = {"requests", "httpx", "aiohttp", "urllib3", "urllib.request"}
#: The HTTP client's files; errors.py only names the exceptions that it classifies.
HTTP_HOMES = re.compile(r"http_\w+\.py|errors\.py")


def imports_of(tree: ast.Module, package: str) -> Iterator[tuple[int, str]]:
    """Yield line and absolute dotted name of everything a file imports.

    :param package: dotted package of the file, to resolve relative imports.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                kept = parts[: len(parts) - node.level + 1]
                base = ".".join([*kept, base] if base else kept)
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def module_imports(
    project: Project, module: Path
) -> Iterator[tuple[Path, int, str, str]]:
    """Yield file, line, layer and imported name of a module's Python files.

    Names of the module itself start with its name, however they were written.
    """
    for path in project.within(module, ".py"):
        relative = path.relative_to(module)
        layer = relative.parts[0] if len(relative.parts) > 1 else ""
        package = ".".join([module.name, *relative.parts[:-1]])
        for line, name in imports_of(project.tree(path), package):
            yield path, line, layer, name.removeprefix("odoo.addons.")


def check_layers(project: Project) -> list[str]:
    """Return imports against the direction of the layers."""
    findings = []
    for module in project.modules:
        for path, line, layer, name in module_imports(project, module):
            parts = name.split(".")
            if layer not in MAY_IMPORT or parts[0] != module.name or len(parts) < 2:
                continue
            known = parts[1] in {*MAY_IMPORT, "tests"}
            if known and parts[1] not in MAY_IMPORT[layer]:
                findings.append(
                    f"{project.name(path)}:{line}: {layer} must not import "
                    f"{parts[1]}: {WHERE_TO[layer]}"
                )
    return findings


def check_purity(project: Project) -> list[str]:
    """Return imports of Odoo, of HTTP and of I/O where they do not belong."""
    findings = []
    for module in project.modules:
        for path, line, layer, name in module_imports(project, module):
            reason = _impurity(path, layer, name)
            if reason:
                findings.append(f"{project.name(path)}:{line}: {reason}")
    return findings


def _impurity(path: Path, layer: str, name: str) -> str | None:
    top = name.split(".")[0]
    if layer in PURE and top == "odoo":
        return f"{layer}/ must work without Odoo: {WHERE_TO[layer]}"
    if layer == "schemas" and top in IO_MODULES:
        return f"a contract does no I/O ({top}): {WHERE_TO[layer]}"
    is_http = any(name == m or name.startswith(f"{m}.") for m in HTTP_MODULES)
    at_home = layer == "tools" and HTTP_HOMES.fullmatch(path.name) is not None
    if is_http and not at_home and layer != "tests":
        return (
            f"{top} belongs to tools/http_client.py, which knows timeouts, pools and "
            "unknown outcomes; call that"
        )
    return None


def check_modules(project: Project) -> list[str]:
    """Return dependencies between modules that design §2 does not have."""
    findings = []
    names = {module.name for module in project.modules}
    for module in project.modules:
        allowed = MAY_DEPEND.get(module.name)
        if allowed is None:
            findings.append(
                f"{module.name}: not in the table of modules; decide what it may "
                "depend on (docs/decisions) and add it to MAY_DEPEND"
            )
            continue
        used = _used_modules(project, module, names)
        findings += [
            f"{where}: {module.name} must not know {other}: feature modules meet "
            "through retail_integration_base's canonical records"
            for where, other in used
            if other not in allowed | {module.name}
        ]
    return findings


def _used_modules(
    project: Project, module: Path, names: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield where a module names another one: depends, imports, XML ids."""
    for other in project.manifest(module).get("depends", ()):
        if other.startswith("retail_"):
            yield f"{module.name}/__manifest__.py", other
    for path, line, _layer, name in module_imports(project, module):
        top = name.split(".")[0]
        if top in names:
            yield f"{project.name(path)}:{line}", top
    xml_id = re.compile(rf"\b({'|'.join(sorted(names))})\.[a-z]")
    for path in project.within(module, ".xml", ".csv"):
        for line, text in enumerate(path.read_text("utf-8").splitlines(), start=1):
            for match in xml_id.finditer(text):
                yield f"{project.name(path)}:{line}", match[1]


def test_imports_follow_the_layers():
    agree(check_layers(PROJECT))


def test_schemas_and_tools_are_pure():
    agree(check_purity(PROJECT))


def test_modules_meet_only_where_the_design_says():
    agree(check_modules(PROJECT))


# --- the checks can fail ------------------------------------------------------------

MANIFEST = "{'depends': ['mail']}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("schemas/a.py", "from ..models import backend"),
        ("tools/a.py", "from ..models.backend import X"),
        ("tools/a.py", "from odoo.addons.retail_oms_bridge.models import backend"),
        ("models/a.py", "from ..controllers.ingest import X"),
        ("models/a.py", "from .. import wizards"),
        ("controllers/a.py", "from ..wizards import trace"),
        ("models/a.py", "from ..tests.common import X"),
    ],
)
def test_import_against_the_layers_is_found(tmp_path, name, text):
    files = {"retail_oms_bridge/__manifest__.py": MANIFEST}
    project = sample(tmp_path, files | {f"retail_oms_bridge/{name}": text})
    assert len(check_layers(project)) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("schemas/a.py", "import odoo"),
        ("tools/a.py", "from odoo.tools import SQL"),
        ("schemas/a.py", "import os"),
        ("models/a.py", "import requests"),
        ("tools/a.py", "from requests import Session"),
        ("controllers/a.py", "import urllib.request"),
    ],
)
def test_impure_import_is_found(tmp_path, name, text):
    files = {"retail_oms_bridge/__manifest__.py": MANIFEST}
    project = sample(tmp_path, files | {f"retail_oms_bridge/{name}": text})
    assert len(check_purity(project)) == 1


def test_allowed_imports_are_not_found(tmp_path):
    project = sample(
        tmp_path,
        {
            "retail_oms_bridge/__manifest__.py": MANIFEST,
            "retail_oms_bridge/tools/http_client.py": "import requests",
            "retail_oms_bridge/tools/a.py": "from ..schemas import common\nimport os",
            "retail_oms_bridge/models/a.py": "from odoo import models\n"
            "from ..tools import money",
            "retail_oms_bridge/controllers/a.py": "from ..models.a import X",
            "retail_oms_bridge/tests/test_a.py": "from ..models import a\n"
            "import requests",
        },
    )
    assert check_layers(project) == check_purity(project) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("__manifest__.py", "{'depends': ['retail_loyalty_connector']}"),
        ("models/a.py", "from odoo.addons.retail_loyalty_connector import tools"),
        ("views/a.xml", "<odoo><a ref='retail_loyalty_connector.menu'/></odoo>"),
    ],
)
def test_knowing_another_feature_module_is_found(tmp_path, name, text):
    project = sample(
        tmp_path,
        {
            "retail_oms_bridge/__manifest__.py": MANIFEST,
            "retail_loyalty_connector/__manifest__.py": MANIFEST,
            f"retail_oms_bridge/{name}": text,
        },
    )
    assert len(check_modules(project)) == 1


def test_module_outside_the_table_is_found(tmp_path):
    project = sample(tmp_path, {"retail_surprise/__manifest__.py": MANIFEST})
    assert "table of modules" in check_modules(project)[0]
