"""The last chapter: one correlation id, from the webhook to the partner's receipt.

Called by ``programme``; the same trace is a screen in Odoo.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .day import Day

#: What the story of a delivered sale consists of.
STAGES = frozenset({"received", "effect", "created", "delivery"})
FIELDS = ("at", "stage", "title", "detail", "state")


def follow_one_message(day: Day) -> None:
    """Print the trace of the webshop order and where to see it."""
    tell = day.narrator
    tell.chapter("Follow one message")
    story = day.followed
    order = day.last_order
    tell.happened(f"order {order['name']} has the correlation id {story}")
    client = day.hub.client
    (trace_id,) = client.call("retail.trace", "create", [{"correlation_id": story}])
    steps = client.read("retail.trace.step", [("trace_id", "=", trace_id)], FIELDS)
    for step in steps:
        tell.plain(
            f"{step['at'][11:]}  {step['stage']:<9} {step['title']:<28.28}"
            f" {step['state']:<9} {step['detail'] or '':.34}"
        )
    effect = day.insights.effect(story)
    if effect:
        tell.plain(f"{effect.at[11:19]}  partner   Applied by Insights: {effect.key}")
    missing = STAGES - {step["stage"] for step in steps}
    tell.check("Missing in the trace", [], sorted(missing))
    tell.check("The partner's receipt has the same id", True, effect is not None)
    tell.look(day.hub.url("retail-trace", trace_id))
    if effect:
        tell.look(f"{day.insights.page}/effects/{effect.key}")
    log = Path(day.system.odoo.log)
    tell.look(f"grep corr={story} {_short(log)}")
    found = sum(f"corr={story}" in line for line in log.open(errors="replace"))
    tell.check("The log names the correlation id", True, found > 0)


def _short(path: Path) -> str:
    """Return a path relative to where the person stands, if it is below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
