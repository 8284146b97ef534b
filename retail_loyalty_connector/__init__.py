"""Loyalty: members, a ledger of points, earning and spending, external platforms."""

from . import controllers, models, wizards
