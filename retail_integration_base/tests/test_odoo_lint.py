"""Odoo's own ``test_lint`` checkers over our modules: SQL from strings, unlink.

Odoo runs them over everything at its own release; here over what is ours and shipped.
What its checkers of names and translations look for is the business of ruff and of
pylint-odoo. Left out, and said so, where the distribution does not bring them.
"""

import os
import re
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
#: what the checkers look at; everything else would only be parsed
SUSPECT = re.compile(r"\.execute|execute_query|execute_values|def unlink")
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
                *("--reports=n", "--score=n"),
                "--msg-template={path}:{line}: {msg} ({symbol})",
                *self._suspects(),
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

    def _suspects(self) -> list[str]:
        """Return our files that the checkers could say anything about."""
        shipped = (
            path
            for path in OURS.glob("retail_*/**/*.py")
            if "tests" not in path.relative_to(OURS).parts
        )
        suspects = [
            str(path) for path in shipped if SUSPECT.search(path.read_text("utf-8"))
        ]
        self.assertGreater(len(suspects), 50)
        return sorted(suspects)
