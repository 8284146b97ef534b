"""Transient models that ask a person something."""

from . import (
    exception_decision,
    map_and_replay,
    reconciliation_decide,
    reconciliation_upload,
    trace,
    trace_reading,
)
