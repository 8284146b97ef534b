"""Routes: verify raw bytes, store or delegate, answer. No business word here."""

from . import (
    api,
    api_description,
    api_docs,
    deliveries,
    dispatcher,
    events,
    health,
    idempotency,
    ingest,
    metrics,
    nobodys,
    paging,
    reconciliations,
    subscriptions,
    topics,
    transactions,
)
