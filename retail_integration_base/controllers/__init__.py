"""Routes: verify raw bytes, store or delegate, answer. No business word here."""

from . import (
    api,
    api_description,
    api_docs,
    dispatcher,
    events,
    health,
    idempotency,
    ingest,
    metrics,
    nobodys,
    paging,
    topics,
    transactions,
)
