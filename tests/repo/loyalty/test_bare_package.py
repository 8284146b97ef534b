"""One module's pure layer meets another's under Odoo's name for it."""

from __future__ import annotations

import importlib
import sys


def test_addons_name_and_bare_name_are_one_module():
    under_odoo = importlib.import_module("odoo.addons.retail_integration_base.tools")
    errors = importlib.import_module("odoo.addons.retail_integration_base.tools.errors")
    bare = importlib.import_module("retail_integration_base.tools.errors")
    assert errors is bare
    assert sys.modules["retail_integration_base.tools"] is under_odoo
    assert bare.__spec__.name == "retail_integration_base.tools.errors"
