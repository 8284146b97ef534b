"""What of a message is never kept: card numbers, security codes, passwords, tokens.

Lives here: finding and taking out, on parsed JSON. Lives elsewhere: which further
fields a topic leaves out (``retail.topic``), who stores (``retail.gateway``), what may
be shown of what is kept (``tools/redaction.py``).

Every message pays for the look, hardly any for more: ``is_suspect`` reads the raw bytes
in C and only says "perhaps". Sources: PCI DSS 4.0 requirements 3.3 (never store
security codes, tracks, PINs) and 3.5.1 (truncated numbers), R142.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from . import strict_json
from .redaction import luhn_valid

#: Members that are left out wherever they stand: lower case, without "_", "-", blanks.
SECRET_NAMES = frozenset(
    {
        *("cvv", "cvv2", "cvc", "cvc2", "csc", "cav2", "securitycode"),
        *("cardsecuritycode", "verificationvalue", "cardverificationvalue"),
        *("pin", "pinblock", "track1", "track2", "trackdata", "magstripe"),
        *("password", "passwd", "pwd", "passphrase", "secret", "clientsecret"),
        *("token", "accesstoken", "refreshtoken", "idtoken", "bearertoken"),
        *("apikey", "authorization", "privatekey", "cookie", "sessiontoken"),
    }
)
#: Here a long number is an article, whatever its digits look like.
ARTICLE_NAMES = frozenset({"gtin", "ean", "upc", "barcode", "sku"})
CARD_DIGITS_MIN = 14
CARD_DIGITS_MAX = 19

# One pass in C: lower case, each digit a 0, nothing between the parts of a number.
_SQUEEZE = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789",
    b"abcdefghijklmnopqrstuvwxyz000000000",
)
_BETWEEN = b" -_"
_DIGITS_RUN = b"0" * CARD_DIGITS_MIN


def _member_of(names: frozenset[str]) -> re.Pattern[bytes]:
    """Return what finds a member of these names in squeezed JSON.

    Grouped by the first letter, it is three times as fast as one long list.
    """
    squeezed = sorted({name.encode().translate(_SQUEEZE) for name in names})
    groups = [
        first + b"(?:" + b"|".join(name[1:] for name in group) + b")"
        # Sorted above; and tools know nothing of Odoo, whose groupby sorts.
        for first, group in groupby(  # pylint: disable=bad-builtin-groupby
            squeezed, key=lambda name: name[:1]
        )
    ]
    return re.compile(b'"(?:' + b"|".join(groups) + b')"')


_SECRET_MEMBER = _member_of(SECRET_NAMES)
# Escapes that can spell a letter or a digit; those of other scripts are usual.
_SPELLED = re.compile(rb"\\u00[2-7]")
_NAME_NOISE = str.maketrans("", "", _BETWEEN.decode())

# Digits together, or in groups as they stand on a card; no part of a longer word.
_RUN = re.compile(r"(?<![0-9A-Za-z.])[0-9](?:[ -]?[0-9]){13,}(?![0-9A-Za-z])")
_BREAK = re.compile("([ -])")
#: Beside other numbers, a card number is written in one piece or like this.
_GROUPS = {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), *((4, 4, 4, 4, n) for n in (1, 2, 3))}
_CARD_START = re.compile(
    "4"  # Visa
    "|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|70|71|720)"  # Mastercard
    "|3[47]"  # American Express
    "|3(?:0[0-5]|[689])"  # Diners Club
    "|6(?:011|4[4-9]|5|2)"  # Discover, UnionPay
    "|35(?:2[89]|[3-8])"  # JCB
    "|5[0678]|6(?:304|7)"  # Maestro
)

Path = tuple[str, ...]


@dataclass(frozen=True)
class Minimising:
    """What a topic says about its messages' fields, besides what holds for all.

    :param left_out: paths of members that are not kept; ``*`` is any item of a list.
    :param kept: paths whose long numbers are no card numbers, such as gift cards.
    """

    left_out: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()


NOTHING_MORE = Minimising()


def parse_pointers(text: str | None) -> tuple[Path, ...]:
    """Return the paths of JSON pointers (RFC 6901), one a line, ``*`` for any item.

    :raises ValueError: a line that is no pointer; it is named
    """
    paths = []
    for line in (text or "").splitlines():
        pointer = line.strip()
        if not pointer:
            continue
        if not pointer.startswith("/") or pointer == "/":
            raise ValueError(pointer)
        steps = pointer[1:].split("/")
        paths.append(tuple(s.replace("~1", "/").replace("~0", "~") for s in steps))
    return tuple(paths)


def is_suspect(raw: bytes) -> bool:
    """Tell whether a JSON text may hold what is never kept; microseconds a kilobyte."""
    squeezed = raw.translate(_SQUEEZE, _BETWEEN)
    return bool(
        _DIGITS_RUN in squeezed
        or _SECRET_MEMBER.search(squeezed)
        or (b"\\u00" in raw and _SPELLED.search(raw))
    )


def minimised(value: Any, rules: Minimising = NOTHING_MORE) -> Any:
    """Return parsed JSON without what is never kept; the same object if nothing is.

    Secret members and ``rules.left_out`` are gone; of a card number the first six and
    last four digits are left, the others are ``x``.
    """
    return _Walk(rules).value(value, ())


def minimised_text(raw: bytes, rules: Minimising = NOTHING_MORE) -> bytes:
    """Return a JSON text without what is never kept, its numbers written as they were.

    :raises MalformedBody: no sound JSON text
    """
    parsed = strict_json.loads(raw, parse_float=Decimal)
    kept = minimised(parsed, rules)
    return raw if kept is parsed else _as_text(kept)


def masked_text(text: str | None) -> str | None:
    """Return a text with its card numbers truncated."""
    if not text or len(text) < CARD_DIGITS_MIN:
        return text
    return _RUN.sub(_truncated, text)


@dataclass
class _Walk:
    rules: Minimising

    def value(self, value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, list):
            items = [self.value(item, (*path, "*")) for item in value]
            changed = any(new is not old for new, old in zip(items, value, strict=True))
            return items if changed else value
        if _is_number(value):
            return self._number(value, path)
        return self._text(value, path) if isinstance(value, str) else value

    def _object(self, value: dict[str, Any], path: Path) -> dict[str, Any]:
        kept = {}
        changed = False
        for name, old in value.items():
            inner = (*path, name)
            if self._plain(name) in SECRET_NAMES or inner in self.rules.left_out:
                changed = True
                continue
            new = self.value(old, inner)
            # A key may be data too, as in {"4111 1111 1111 1111": true}.
            shown = masked_text(name) if len(name) >= CARD_DIGITS_MIN else name
            changed |= new is not old or shown != name
            kept[shown] = new
        return kept if changed else value

    def _plain(self, name: str) -> str:
        return name.translate(_NAME_NOISE).lower()

    def _is_card_free(self, path: Path) -> bool:
        names = [name for name in path if name != "*"]
        is_article = bool(names) and self._plain(names[-1]) in ARTICLE_NAMES
        return is_article or path in self.rules.kept

    def _text(self, text: str, path: Path) -> str:
        if len(text) < CARD_DIGITS_MIN or self._is_card_free(path):
            return text
        masked = _RUN.sub(_truncated, text)
        return text if masked == text else masked

    def _number(self, number: Any, path: Path) -> Any:
        text = str(number)
        # Ids of shops are numbers of up to 14 digits; no card number is written so.
        if len(text) not in (15, 16) or self._is_card_free(path):
            return number
        masked = _RUN.sub(_truncated, text)
        return number if masked == text else masked


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _truncated(match: re.Match[str]) -> str:
    """Return a run of digits with the card numbers in it truncated."""
    parts = _BREAK.split(match[0])
    groups = parts[::2]
    begin = 0
    while begin < len(groups):
        end = _card_end(groups, begin)
        for place in range(begin, end):
            before = sum(map(len, groups[begin:place]))
            after = sum(map(len, groups[place + 1 : end]))
            parts[2 * place] = _hidden(groups[place], before, after)
        begin = max(end, begin + 1)
    return "".join(parts)


def _card_end(groups: list[str], begin: int) -> int:
    """Return where the card number ends that begins with this group; 0: none does."""
    for end in range(min(len(groups), begin + CARD_DIGITS_MAX), begin, -1):
        is_whole = begin == 0 and end == len(groups)
        sizes = tuple(map(len, groups[begin:end]))
        if (is_whole or len(sizes) == 1 or sizes in _GROUPS) and _is_card(
            "".join(groups[begin:end])
        ):
            return end
    return 0


def _is_card(digits: str) -> bool:
    return (
        CARD_DIGITS_MIN <= len(digits) <= CARD_DIGITS_MAX
        and bool(_CARD_START.match(digits))
        and luhn_valid([int(digit) for digit in digits])
    )


def _hidden(group: str, before: int, after: int) -> str:
    """Return a group of a card's digits but for the first six and last four."""
    return "".join(
        digit if before + place < 6 or after + len(group) - place <= 4 else "x"
        for place, digit in enumerate(group)
    )


def _as_text(value: Any) -> bytes:
    """Return parsed JSON as text; reals keep their digits."""
    # NUL marks them: no sound text holds one.
    text = json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), default="\x00{}\x00".format
    )
    return re.sub(r'"\\u0000([^"]*)\\u0000"', r"\1", text).encode()
