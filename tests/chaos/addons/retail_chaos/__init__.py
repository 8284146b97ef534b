"""Traps for workers and a wrong clock; only ``tests/chaos`` installs this."""

from . import clock, models
