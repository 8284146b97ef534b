"""Keys of a person in one form each: phone, e-mail, card; and how to show them.

Lives here: normalising and masking. Lives elsewhere: who has which key and matching
(``retail.identity``). Called by handlers before a lookup.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

from .errors import PayloadInvalid

_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}"
)
_CARD = re.compile(r"[A-Z0-9][A-Z0-9._:+/=-]{2,127}")
_EMAIL_CHARS_MAX = 254
_PHONE_CHARS_MAX = 40


def normalise_phone(value: str, region: str | None = None) -> str:
    """Return a phone number in E.164, such as ``+32470123456``.

    :param region: ISO 3166-1 country for numbers without ``+``.
    :raises PayloadInvalid: not a number, not a possible one of its country, or
        national without region.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    try:
        if len(text) > _PHONE_CHARS_MAX:
            raise PayloadInvalid("phone", "too long for a phone number")
        number = phonenumbers.parse(text, region.upper() if region else None)
    except phonenumbers.NumberParseException as exc:
        problem = "not a phone number"
        if exc.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            problem = "needs a country code"
        raise PayloadInvalid("phone", f"{problem}: {masked(value)}") from None
    if not phonenumbers.is_valid_number(number):
        raise PayloadInvalid("phone", f"no valid phone number: {masked(value)}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_email(value: str) -> str:
    """Return an e-mail address in lower case, its domain in ASCII.

    RFC 5321 lets a server tell upper from lower case before the "@"; none in use does,
    and people do not remember how they typed it.

    :raises PayloadInvalid: not one address.
    """
    text = unicodedata.normalize("NFKC", value).strip().lower()
    local, at, domain = text.rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode()}" if at else ""
    except UnicodeError:
        address = ""
    sound = (
        len(address) <= _EMAIL_CHARS_MAX
        and _EMAIL.fullmatch(address) is not None
        and not local.startswith(".")
        and not local.endswith(".")
        and ".." not in local
    )
    if not sound:
        raise PayloadInvalid("email", f"not an e-mail address: {masked(value)}")
    return address


def normalise_card(value: str) -> str:
    """Return a loyalty card number or card token in upper case without blanks.

    Blanks and dashes between groups of digits are how people write one number.

    :raises PayloadInvalid: shorter than 3 characters or not letters and digits.
    """
    text = unicodedata.normalize("NFKC", value).strip().upper()
    text = re.sub(r"\s+", "", text)
    if re.fullmatch(r"[0-9-]+", text):
        text = text.replace("-", "")
    if _CARD.fullmatch(text) is None:
        raise PayloadInvalid("card_token", f"not a card number: {masked(value)}")
    return text


def masked(value: str) -> str:
    """Return a value that its owner recognises and nobody else can use."""
    text = value.strip()
    local, at, domain = text.partition("@")
    if at and local:
        return f"{local[0]}***@{domain}"
    if len(text) < 6:
        return "***"
    return f"{text[:3]}***{text[-2:]}" if text[0] == "+" else f"***{text[-2:]}"
