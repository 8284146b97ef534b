"""The ledger's chain: every kind of tampering is found, and named where it begins."""

from __future__ import annotations

from datetime import datetime

import pytest

from retail_integration_base.tools.audit_chain import Anchor
from retail_loyalty_connector.tools import ledger_chain as chain

AT = datetime(2026, 11, 21, 12, 30)


def entry(previous: str, account: int, sequence: int, amount: int, balance: int):
    """Return one row as the ledger stores it."""
    content = dict.fromkeys(chain.CONTENT) | {
        "account_id": account,
        "sequence": sequence,
        "uuid": f"entry-{account}-{sequence}",
        "points": abs(amount),
        "amount": amount,
        "balance_after": balance,
        "effective_at": AT,
        "ref": 'É"\n\x1f/',
    }
    values = tuple(content.values())
    return (previous, chain.entry_hash(previous, chain.content_text(values)), *values)


def make_chain(account: int, *amounts: int) -> tuple[chain.Head, list[tuple]]:
    """Return an account and its entries."""
    rows: list[tuple] = []
    digest, balance = chain.GENESIS_HASH, 0
    for sequence, amount in enumerate(amounts, start=1):
        balance += amount
        rows.append(entry(digest, account, sequence, amount, balance))
        digest = rows[-1][1]
    return chain.Head(account, len(rows), digest, balance), rows


def anchor(account: int, sequence: int, digest: str) -> Anchor:
    """Return an anchor of one account."""
    return Anchor("db", chain.stream_name(account), sequence, digest, "2026-11-20")


def changed(row: tuple, column: str, value: object) -> tuple:
    """Return the row with one column changed."""
    place = chain.COLUMNS.index(column)
    return (*row[:place], value, *row[place + 1 :])


def test_sound_chain_has_no_finding():
    head, rows = make_chain(7, 10, -4, 3)
    assert chain.verify(head, rows, [anchor(7, 2, rows[1][1])]) is None


def test_empty_account_has_no_finding():
    assert chain.verify(*make_chain(7)) is None


@pytest.mark.parametrize("column", chain.COLUMNS)
def test_any_changed_column_is_found_where_it_is(column):
    head, rows = make_chain(7, 10, -4, 3)
    rows[1] = changed(rows[1], column, 999 if column == "amount" else "else")
    finding = chain.verify(head, rows)
    assert finding.sequence == 2
    assert finding.stream == "loyalty-account-7"


def test_rewritten_end_is_found_by_its_anchor():
    head, rows = make_chain(7, 10, -4)
    forged_head, forged = make_chain(7, 10, -3)
    assert chain.verify(forged_head, forged) is None
    finding = chain.verify(forged_head, forged, [anchor(7, 2, rows[1][1])])
    assert finding.sequence == 2
    assert "rewritten" in finding.reason
    assert head.last_hash != forged_head.last_hash


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_missing_entry_is_found(gone):
    head, rows = make_chain(7, 10, -4, 3)
    del rows[gone]
    assert chain.verify(head, rows).sequence == gone + 1


def test_cut_off_end_is_found_by_head_and_by_anchor():
    head, rows = make_chain(7, 10, -4, 3)
    short = chain.Head(7, 2, rows[1][1], 6)
    assert chain.verify(short, rows[:2]) is None
    assert chain.verify(head, rows[:2]).sequence == 3
    finding = chain.verify(short, rows[:2], [anchor(7, 3, rows[2][1])])
    assert "cut off" in finding.reason


def test_balance_changed_without_an_entry_is_found():
    head, rows = make_chain(7, 10)
    finding = chain.verify(head._replace(posted=777), rows)
    assert "777" in finding.reason


def test_many_accounts_are_verified_in_one_pass():
    accounts = [make_chain(7, 10, -4), make_chain(8), make_chain(9, 1, 2, 3)]
    heads = [head for head, _rows in accounts]
    rows = [row for _head, own in accounts for row in own]
    assert list(chain.verify_all(heads, rows)) == []
    rows[0] = changed(rows[0], "ref", "else")
    rows[-1] = changed(rows[-1], "ref", "else")
    found = [(one.stream, one.sequence) for one in chain.verify_all(heads, rows)]
    assert found == [("loyalty-account-7", 1), ("loyalty-account-9", 3)]


def test_entries_and_anchors_of_lost_accounts_are_found():
    head, rows = make_chain(7, 10)
    _gone, strangers = make_chain(6, 1)
    _also, later = make_chain(9, 1)
    anchors = [anchor(5, 1, "a" * 64), anchor(7, 1, rows[0][1])]
    found = chain.verify_all([head], [*strangers, *rows, *later], anchors)
    assert sorted(one.stream for one in found) == [
        f"loyalty-account-{number}" for number in (5, 6, 9)
    ]
