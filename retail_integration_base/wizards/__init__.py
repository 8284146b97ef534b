"""Transient models that ask a person something."""

from . import exception_decision, map_and_replay, trace, trace_reading
