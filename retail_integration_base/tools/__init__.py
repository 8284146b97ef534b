"""Pure functions of the hub: no ``odoo`` import here, see ``docs/architecture.md``."""
