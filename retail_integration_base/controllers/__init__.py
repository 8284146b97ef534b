"""Routes: verify raw bytes, store or delegate, answer. No business word here."""

from . import dispatcher, health, ingest
