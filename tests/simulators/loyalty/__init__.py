"""Loyalty platforms as real HTTP servers on loopback, with state and with moods.

Each checks what it is asked and what it answers against the vendor's own description of
its interface, where that is at hand (``descriptions.py``). They import nothing of the
suite, see ``docs/decisions/0017``.
"""
