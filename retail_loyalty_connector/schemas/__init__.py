"""Pure schemas of loyalty: no ``odoo`` import here, see ``docs/architecture.md``."""
