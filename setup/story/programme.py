"""Which chapters the day has, and their order.

The only place that knows them all: chapters know the day, the day knows no chapter.
Called by ``story.run``.
"""

from __future__ import annotations

from collections.abc import Callable

from . import (
    chapters_agreement,
    chapters_books,
    chapters_decisions,
    chapters_failures,
    chapters_faults,
    chapters_loyalty,
    chapters_points,
    chapters_sales,
    chapters_trace,
)
from .day import Day

CHAPTERS: tuple[Callable[[Day], None], ...] = (
    chapters_sales.morning,
    chapters_sales.webshop_order,
    chapters_sales.same_message_again,
    chapters_failures.forged_signature,
    chapters_failures.unknown_article,
    chapters_failures.wrong_sums,
    chapters_decisions.second_person,
    chapters_faults.partner_down,
    chapters_sales.goods_come_back,
    chapters_loyalty.join,
    chapters_loyalty.earn,
    chapters_loyalty.earn_online,
    chapters_loyalty.pay,
    chapters_loyalty.line_cut,
    chapters_points.goods_back,
    chapters_points.spent_points,
    chapters_points.expiry,
    chapters_points.platform_outage,
    chapters_agreement.agree,
    chapters_books.liability,
    chapters_faults.worker_killed,
    chapters_faults.database_restarts,
    chapters_trace.follow_one_message,
)
