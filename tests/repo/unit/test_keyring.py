"""Secrets at rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_integration_base.tools import keyring
from retail_integration_base.tools.errors import ConfigurationError, KeyRingMissing
from retail_integration_base.tools.keyring import KeyRing

OLD, NEW = keyring.generate_key(), keyring.generate_key()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS)
def test_a_secret_survives_the_round_trip(secret):
    ring = KeyRing.from_text(NEW)
    assert ring.decrypt(ring.encrypt(secret)) == secret


def test_the_same_secret_never_looks_the_same():
    ring = KeyRing.from_text(NEW)
    assert ring.encrypt("s") != ring.encrypt("s")
    assert "hush" not in ring.encrypt("hush")


def test_rotation_moves_secrets_to_the_first_key():
    token = KeyRing.from_text(OLD).encrypt("s")
    both = KeyRing.from_text(f" {NEW} ,\n{OLD},")
    assert both.decrypt(token) == "s"
    moved = both.rotate(token)
    assert KeyRing.from_text(NEW).decrypt(moved) == "s"
    with pytest.raises(ConfigurationError, match="not in the key"):
        KeyRing.from_text(NEW).decrypt(token)


@pytest.mark.parametrize("token", ["", "junk", "é", "gAAAA" + "A" * 80])
def test_a_damaged_token_is_a_configuration_error(token):
    ring = KeyRing.from_text(NEW)
    for call in (ring.decrypt, ring.rotate):
        with pytest.raises(ConfigurationError, match="damaged"):
            call(token)


@pytest.mark.parametrize("text", ["", " , ", None])
def test_no_key_is_told_apart_from_a_bad_one(text):
    with pytest.raises(KeyRingMissing, match="RETAIL_SECRET_KEYS"):
        KeyRing.from_text(text)


@pytest.mark.parametrize("bad", ["short", "é" * 44, "A" * 43])
def test_a_bad_key_is_named_by_position_only(bad):
    with pytest.raises(ConfigurationError, match="key 2 of the key ring") as caught:
        KeyRing.from_text(f"{NEW},{bad}")
    assert bad not in str(caught.value)
    assert caught.value.__cause__ is None


def test_fingerprints_recognise_and_do_not_tell():
    assert keyring.fingerprint("s") == keyring.fingerprint("s")
    assert keyring.fingerprint("s") != keyring.fingerprint("t")
    assert len(keyring.fingerprint("s")) == 12
    assert int(keyring.fingerprint(""), 16) >= 0
