"""Errors of loyalty's accounting (RET-42xx). Part of base's error tree."""

from __future__ import annotations

from odoo.addons.retail_integration_base.tools.error_base import PermanentError


class BooksUntied(PermanentError):
    """A batch's points are not those of the entries it covers: nothing is posted."""

    code = "RET-4201"
    title = "Batch does not tie out"
    http_status = 500


class EstimateMissing(PermanentError):
    """Points were issued on a day on which nobody has said what they are worth."""

    code = "RET-4202"
    title = "No breakage estimate"
    http_status = 409
