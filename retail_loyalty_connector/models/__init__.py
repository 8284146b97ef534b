"""Odoo models, one per file; the file's name is the model's without ``retail.``."""
