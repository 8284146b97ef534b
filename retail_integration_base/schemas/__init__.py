"""Pydantic contracts, one file per document: no ``odoo`` import and no I/O here."""
