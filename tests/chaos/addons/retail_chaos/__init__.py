"""Traps for workers; only ``tests/chaos`` installs this."""

from . import models
