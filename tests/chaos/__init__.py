"""The hub while things break: the fault matrix, one runnable row each.

Lives here: rows (``rows_*.py``), the stage they play on, the TCP fault proxy, the
invariants that hold afterwards. Not here: the partners' behaviour
(``tests/simulators``), how the system is started (``setup/runtime``). The oracle is
always what a row sent and what the simulated partner applied, written down outside
Odoo. Called by ``setup/chaos`` and, for a short selection, by ``tests/e2e``.
"""
