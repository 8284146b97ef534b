"""Transient models that ask a person something."""

from . import map_and_replay, trace
