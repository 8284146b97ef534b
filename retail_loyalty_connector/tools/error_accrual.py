"""Errors of points that hang on sales; their numbers are RET-44xx.

Lives here: the classes. Made where failures are counted (``loyalty_accrual_alarm.py``).
"""

from __future__ import annotations

from odoo.addons.retail_integration_base.tools.errors import PermanentError


class PointsNotPosted(PermanentError):
    """Sales of a system whose points could not be posted, all for one reason."""

    code = "RET-4401"
    title = "Points not posted"
    category = "data"
