"""The running system, driven from outside over HTTP, while things break.

Lives here: scenarios and their oracle (the simulators' journals, kept outside Odoo).
Not here: how the system is started (``setup/runtime``), the partners' behaviour
(``tests/simulators``), what one component does alone (``<module>/tests``).
"""
