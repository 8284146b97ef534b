"""Tests that need Odoo."""

from . import test_holds, test_postings, test_reversals
