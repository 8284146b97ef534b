"""Read by `odoo shell` on its standard input: fills the demo's database.

Only finds the package in the repository; what is created stands in ``seed``. The shell
provides ``env``; RETAIL_SEED_OUTPUT names the file that the demo wants written.
"""

import json
import os
import sys
from pathlib import Path

from odoo.modules import get_module_path

setup = Path(get_module_path("retail_integration_base")).parent / "setup"
sys.path.append(str(setup))

from story.seed import seed  # noqa: E402 (not importable before the path is known)

seeded = seed(globals()["env"])
globals()["env"].cr.commit()
Path(os.environ["RETAIL_SEED_OUTPUT"]).write_text(json.dumps(seeded), "utf-8")
