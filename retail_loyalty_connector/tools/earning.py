"""Points for a sale: per rule and line, with the reason of each part.

Lives here: the arithmetic. Lives elsewhere: the promises (``tools/earning_rules.py``),
the whole dry run (``tools/quote.py``), where the points go (the ledger). Called by
``tools/quote.py`` and for exchanges.

The order of things, the same in every channel:

1. each rule whose conditions are met gives an exact share to each line that counts;
2. the rule's caps cut them, all its lines in proportion;
3. multipliers act on what is left, and are cut by their own caps;
4. the program's caps cut the sum of a wallet;
5. that sum is rounded down, once (``tools/rounding.py``), and handed out by largest
   remainder: to rules and multipliers, then to their lines. No cap is exceeded by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .basket import POINTS_TENDER, Basket, BasketLine, MemberFacts, covered_share
from .earned import Cut, Earned, EarnedPart, Skipped, capped, rounded
from .earning_rules import (
    EVERY_LINE,
    EarningRule,
    EarningTerms,
    LineFilter,
    Multiplier,
)
from .reasons import Reason, reason
from .rounding import exact, shares_by, total_of, whole


def earn(
    terms: EarningTerms,
    basket: Basket,
    member: MemberFacts,
    payable: LineFilter = EVERY_LINE,
) -> Earned:
    """Return what the sale earns.

    :param payable: lines that points may pay; the points among the tenders are taken
        from these lines in proportion, other tenders from all lines.
    """
    sale = _Sale(basket, payable)
    parts: list[EarnedPart] = []
    skipped: list[Skipped] = []
    cuts: list[Cut] = []
    claimed: dict[str, set[str]] = {}
    for rule in terms.rules:
        found = _rule_parts(rule, sale, member, claimed.get(rule.group, set()))
        if isinstance(found, Reason):
            skipped.append(Skipped(rule.key, rule.name, found))
            continue
        if rule.group:
            taken = claimed.setdefault(rule.group, set())
            taken.update(part.line for part in found)
        parts += capped(found, rule.caps, member, rule.key, cuts)
    extra, refused = _multiplied(terms, parts, sale, member)
    for multiplier in terms.multipliers:
        mine = [part for part in extra if part.source == multiplier.key]
        parts += capped(mine, multiplier.caps, member, multiplier.key, cuts)
    for wallet, cap in terms.caps:
        inside = [part for part in parts if part.wallet == wallet]
        others = [part for part in parts if part.wallet != wallet]
        parts = others + capped(inside, (cap,), member, "", cuts)
    return Earned(tuple(rounded(parts)), (*skipped, *refused), tuple(cuts))


class _Sale:
    """A basket, and which share of each line counts for whom."""

    def __init__(self, basket: Basket, payable: LineFilter) -> None:
        self.basket = basket
        self.payable = payable
        self._bases: dict[tuple[bool, frozenset[str]], dict[str, Fraction]] = {}

    def bases(self, rule: EarningRule) -> dict[str, Fraction]:
        """Return the amount of each line that counts for a rule."""
        key = (rule.with_tax, rule.excluded_tenders)
        if key not in self._bases:
            of_all, of_payable = self._excluded_shares(rule.excluded_tenders)
            some, other = 1 - of_all, max(Fraction(), 1 - of_all - of_payable)
            self._bases[key] = {
                line.key: exact(
                    line.amount if rule.with_tax else line.amount - line.amount_tax
                )
                * (other if self.payable.accepts(line) else some)
                for line in self.basket.lines
            }
        return self._bases[key]

    def _excluded_shares(self, tenders: frozenset[str]) -> tuple[Fraction, Fraction]:
        """Return what does not count: of every line, and of those points may pay."""
        basket, points = self.basket, frozenset({POINTS_TENDER})
        payable = [line for line in basket.lines if self.payable.accepts(line)]
        return (
            covered_share(basket.lines, basket.tendered(tenders - points)),
            covered_share(payable, basket.tendered(tenders & points)),
        )


def _rule_parts(
    rule: EarningRule, sale: _Sale, member: MemberFacts, claimed: set[str]
) -> list[EarnedPart] | Reason:
    """Return what a rule gives each line, uncut, or why it gives nothing."""
    refusal = rule.conditions.refusal(sale.basket, member)
    if refusal:
        return refusal
    lines = [
        line
        for line in sale.basket.lines
        if rule.lines.accepts(line) and line.key not in claimed
    ]
    bases = sale.bases(rule)
    total = total_of(bases[line.key] for line in lines)
    if not any(line.qty > 0 for line in lines):
        return reason("no_line")
    if total < exact(rule.minimum):
        currency, minimum = sale.basket.currency, rule.minimum
        return reason("below_minimum", minimum=minimum, base=total, currency=currency)
    found = _shared(rule, lines, bases, sale.basket.currency)
    return found or reason("no_line")


def _shared(
    rule: EarningRule,
    lines: Sequence[BasketLine],
    bases: dict[str, Fraction],
    currency: str,
) -> list[EarnedPart]:
    """Return a rule's points as exact shares of the lines; none if nothing counts."""
    counts = [line for line in lines if line.qty > 0]
    measures = _measures(rule, lines, bases)
    measured = max(Fraction(), total_of(measures.values()))
    steps = _steps(rule, measured)
    weights = [max(Fraction(), measures[line.key]) for line in counts]
    if not any(weights):
        if rule.basis != "visit":
            return []
        weights = [exact(line.qty) for line in counts]
    shares = shares_by(rule.points * steps, weights)
    return [
        EarnedPart(
            rule.key,
            rule.name,
            rule.key,
            line.key,
            rule.wallet,
            share,
            _why(rule, currency, measured if rule.whole_steps else weight),
        )
        for line, share, weight in zip(counts, shares, weights, strict=True)
        if weight
    ]


def _measures(
    rule: EarningRule, lines: Sequence[BasketLine], bases: dict[str, Fraction]
) -> dict[str, Fraction]:
    """Return what a rule measures of each line: amounts or pieces."""
    if rule.basis == "quantity":
        return {line.key: exact(line.qty) for line in lines}
    return {line.key: bases[line.key] for line in lines}


def _steps(rule: EarningRule, measured: Fraction) -> Fraction:
    """Return the steps that count; a deposit that comes back has lowered them."""
    if rule.basis == "visit":
        return Fraction(1)
    steps = measured / exact(rule.step)
    return Fraction(whole(steps)) if rule.whole_steps else steps


def _why(rule: EarningRule, currency: str, measure: Fraction) -> Reason:
    if rule.basis == "visit":
        return reason("earned_visit", points=rule.points)
    values = {"points": rule.points, "step": rule.step}
    kind = "full_" if rule.whole_steps else ""
    if rule.basis == "quantity":
        return reason(f"earned_{kind}quantity", qty=measure, **values)
    return reason(f"earned_{kind}amount", base=measure, currency=currency, **values)


def _multiplied(
    terms: EarningTerms, parts: Sequence[EarnedPart], sale: _Sale, member: MemberFacts
) -> tuple[list[EarnedPart], list[Skipped]]:
    """Return what multipliers add to the rules' parts, and which add nothing."""
    active: list[tuple[Multiplier, Fraction]] = []
    refused: list[Skipped] = []
    for one in terms.multipliers:
        refusal = one.conditions.refusal(sale.basket, member)
        if refusal:
            refused.append(Skipped(one.key, one.name, refusal))
        else:
            active.append((one, exact(one.factor) - 1))
    lines = {line.key: line for line in sale.basket.lines}
    extra: list[EarnedPart] = []
    for part in parts:
        line = lines[part.line]
        fitting = [(one, more) for one, more in active if _fits(one, part, line)]
        extra += _extras(part, fitting, terms.combination)
    used = {part.source for part in extra}
    refused += [
        Skipped(one.key, one.name, reason("no_line"))
        for one, more in active
        if one.key not in used and more and terms.combination != "best"
    ]
    return extra, refused


def _fits(one: Multiplier, part: EarnedPart, line: BasketLine) -> bool:
    if one.wallet != part.wallet or (one.rules and part.rule not in one.rules):
        return False
    return one.lines.accepts(line)


def _extras(
    part: EarnedPart, fitting: list[tuple[Multiplier, Fraction]], combination: str
) -> list[EarnedPart]:
    """Return what each fitting multiplier adds to a part, by its factor less 1."""
    if combination == "best" and fitting:
        fitting = [max(fitting, key=lambda pair: pair[1])]
    extras = []
    running = part.exact
    for one, more in fitting:
        on = running if combination == "multiply" else part.exact
        extra = on * more
        if not extra:
            continue
        running += extra
        why = reason("multiplied", factor=one.factor, points=on)
        extras.append(
            EarnedPart(one.key, one.name, part.rule, part.line, part.wallet, extra, why)
        )
    return extras
