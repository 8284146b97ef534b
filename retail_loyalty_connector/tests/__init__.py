"""Tests that need Odoo."""
