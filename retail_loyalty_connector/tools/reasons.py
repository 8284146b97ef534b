"""Why points were earned, cut or not earned, as data that a person can read.

Lives here: the codes, their English texts and the reason as a value. Lives elsewhere:
who finds a reason (the engine's other files), other languages (the models translate
``TEXTS`` and fill in ``values``). Read by quotes, statements and screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

#: Code -> text. A code never changes its meaning: answers and entries keep it.
TEXTS = {
    "earned_amount": "{points} points per {step} {currency}, on {base} {currency}",
    "earned_full_amount": (
        "{points} points per full {step} {currency}, on {base} {currency}"
    ),
    "earned_quantity": "{points} points per {step} pieces, on {qty} pieces",
    "earned_full_quantity": "{points} points per full {step} pieces, on {qty} pieces",
    "earned_visit": "{points} points for the visit",
    "multiplied": "times {factor} on {points} points",
    "capped_order": "at most {limit} points per order",
    "capped_day": "at most {limit} points per day; {used} were given before",
    "capped_period": "at most {limit} points per period; {used} were given before",
    "outside_window": "not at this time: {window}",
    "wrong_currency": "only for sales in {currency}",
    "wrong_channel": "not in the channel {channel}",
    "wrong_store": "not in the store {store}",
    "wrong_tier": "only for the tiers {tiers}",
    "wrong_segment": "only for the segments {segments}",
    "excluded_segment": "not for the segment {segment}",
    "no_line": "no line of this sale counts",
    "below_minimum": "from {minimum} {currency} on; {base} {currency} count",
    "not_redeemable": "points are no means of payment in {currency}",
    "nothing_payable": "nothing in this sale can be paid with points",
    "too_few_points": "at least {minimum} points; {available} are available",
    "not_in_steps": "in steps of {step} points",
    "below_minimum_points": "at least {minimum} points",
    "above_maximum_points": "at most {maximum} points here",
    "above_available": "only {available} points are available",
    "above_sale": "only {amount} {currency} of this sale can be paid with points",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of ``TEXTS`` and what stands in its text, by name."""

    code: str
    values: tuple[tuple[str, object], ...] = ()

    @property
    def written(self) -> dict[str, str]:
        """The values as they stand in a sentence, for translated texts and answers."""
        return {name: plain(value) for name, value in self.values}

    @property
    def sentence(self) -> str:
        """The reason in English."""
        return TEXTS[self.code].format(**self.written)


def reason(code: str, **values: object) -> Reason:
    """Return a reason. Its words are made when it is read: a quote makes hundreds."""
    return Reason(code, tuple(values.items()))


def plain(value: object) -> str:
    """Return a value as it stands in a sentence: 1.50 → 1.5, 2/3 → 0.667."""
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
        value = value.quantize(Decimal("0.001")) if value % 1 else value
    if isinstance(value, Decimal):
        return f"{value.normalize() + 0:f}"
    if isinstance(value, set | frozenset):
        return ", ".join(sorted(str(one) for one in value))
    return str(value)
