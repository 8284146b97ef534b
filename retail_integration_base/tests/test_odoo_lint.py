"""Odoo's own ``test_lint`` checkers over our modules: SQL from strings, unlink.

Odoo runs them over everything at its own release; here over what is ours and shipped.
What its checkers of names and translations look for is the business of ruff and of
pylint-odoo. Left out, and said so, where the distribution does not bring them.
"""

import os
import subprocess
import sys
from pathlib import Path

from odoo.modules import get_module_path
from odoo.tests import BaseCase, tagged
from odoo.tools import config

CHECKS = ("sql-injection", "raise-unlink-override")
PLUGINS = (
    "_pylint_path_setup",
    "_odoo_checker_sql_injection",
    "_odoo_checker_unlink_override",
)
OURS = Path(__file__).resolve().parents[2]
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
                *("--ignore=tests", "--reports=n", "--score=n"),
                "--msg-template={path}:{line}: {msg} ({symbol})",
                *sorted(str(path) for path in OURS.glob("retail_*")),
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
