"""Odoo's own ``test_lint`` checkers over our module: SQL from strings, translations.

Odoo runs them over everything at its own release; here over what is ours. Left out,
and said so, where the distribution does not bring them.
"""

import os
import subprocess
import sys
from pathlib import Path

from odoo.modules import get_module_path
from odoo.tests import BaseCase, tagged
from odoo.tools import config

#: Without "gettext-variable": measures are marked where they are declared.
CHECKS = (
    "used-before-assignment",
    "undefined-variable",
    "eval-used",
    "unreachable",
    "function-redefined",
    "sql-injection",
    "missing-gettext",
    "gettext-placeholders",
    "gettext-repr",
    "raise-unlink-override",
)
PLUGINS = (
    "_pylint_path_setup",
    "pylint.extensions.bad_builtin",
    "_odoo_checker_sql_injection",
    "_odoo_checker_gettext",
    "_odoo_checker_unlink_override",
)
TIMEOUT_S = 600


@tagged("post_install", "-at_install")
class TestOdooLint(BaseCase):
    def test_odoos_own_checkers_find_nothing(self):
        lint = get_module_path("test_lint", display_warning=False)
        if not lint:
            self.skipTest("this distribution of Odoo has no module test_lint")
        found = subprocess.run(  # noqa: S603 - our own arguments only
            [
                *(sys.executable, "-m", "pylint", f"--rcfile={os.devnull}"),
                "--disable=all,unknown-option-value",
                f"--enable={','.join(CHECKS)}",
                f"--load-plugins={','.join(PLUGINS)}",
                *("--bad-functions=input", "--reports=n", "--score=n"),
                "--msg-template={path}:{line}: {msg} ({symbol})",
                get_module_path("retail_integration_base"),
            ],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(Path(lint, "tests")), *sys.path]),
                "ADDONS_PATH": ",".join(config["addons_path"]),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        self.assertEqual(found.returncode, 0, f"{found.stdout}\n{found.stderr}")
