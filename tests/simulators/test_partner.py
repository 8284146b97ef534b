"""The partner simulator keeps its promises, so that tests may trust it."""

from __future__ import annotations

import http.client
import json
import time
from email.utils import parsedate_to_datetime

import pytest

from .faults import Fault, RandomFaults, ScriptedFaults, mixed_faults, parse_plan
from .journal import Journal
from .partner import Partner, main
from .signatures import shopify_signature, standard_webhook_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = b'{"id":"m1","type":"retail.transaction.recorded.v1","correlationid":"c-1"}'


def post(partner: Partner, key: str, body: bytes = BODY, **more: str):
    """Send one signed message; return status, headers and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", partner.port, timeout=5)
    headers = standard_webhook_headers(SECRET, key, body) | more
    try:
        connection.request("POST", "/events", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def get(partner: Partner, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", partner.port, timeout=5)
    connection.request("GET", path)
    content = connection.getresponse().read()
    connection.close()
    return content


def test_signed_message_is_applied_once_and_repetitions_are_counted():
    with Partner(SECRET) as partner:
        assert post(partner, "m1")[0] == 200
        assert json.loads(post(partner, "m1")[2]) == {"status": "duplicate"}
        assert list(partner.effects) == ["m1"]
        assert partner.duplicates == 1
        assert partner.effects["m1"].facts["correlationid"] == "c-1"


def test_known_id_with_other_content_is_a_conflict():
    with Partner(SECRET) as partner:
        post(partner, "m1")
        assert post(partner, "m1", b"{}")[0] == 409
        assert partner.counts["conflict"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "no comma"},
        {"webhook-signature": "v1,***"},
        {"webhook-timestamp": "9" * 30},
        {"webhook-timestamp": "1600000000"},
        {"webhook-timestamp": "nan"},
        {"webhook-id": ""},
    ],
)
def test_unproven_message_has_no_effect(headers):
    with Partner(SECRET) as partner:
        assert post(partner, "m1", **headers)[0] == 401
        assert partner.stats() == {"requests": 1, "refused": 1, "applied": 0}


def test_second_live_secret_is_accepted():
    with Partner([OTHER, SECRET]) as partner:
        assert post(partner, "m1")[0] == 200


def test_shopify_signature_is_that_of_the_vendor():
    # Computed with: printf '{}' | openssl dgst -sha256 -hmac hush -binary | base64
    expected = "UFwgrGBPZilFtmKh8TqcovA78LGYb1BdWu9I4Q2oyRg="
    assert shopify_signature("hush", b"{}") == expected
    with Partner("hush", scheme="shopify") as partner:
        headers = {
            "X-Shopify-Hmac-Sha256": shopify_signature("hush", BODY),
            "webhook-id": "m1",
        }
        assert post(partner, "m1", **headers)[0] == 200
        assert post(partner, "m2", BODY + b" ", **headers)[0] == 401


def test_failures_without_effect_are_applied_at_the_next_attempt():
    script = ["500", "429=3", "drop_before_accept", "accept"]
    with Partner(SECRET, faults=ScriptedFaults(script)) as partner:
        assert post(partner, "m1")[0] == 500
        status, headers, _body = post(partner, "m1")
        assert (status, headers["Retry-After"]) == (429, "3")
        with pytest.raises(http.client.RemoteDisconnected):
            post(partner, "m1")
        assert not partner.effects
        assert post(partner, "m1")[0] == 200
        assert partner.counts["none"] == 3


def test_retry_after_can_be_a_date():
    with Partner(SECRET, faults=ScriptedFaults(["503=date:90"])) as partner:
        _status, headers, _body = post(partner, "m1")
        assert parsedate_to_datetime(headers["Retry-After"]).timestamp() > time.time()


def test_dropped_answer_leaves_its_effect():
    with Partner(SECRET, faults=ScriptedFaults(["drop_after_accept"])) as partner:
        with pytest.raises(http.client.RemoteDisconnected):
            post(partner, "m1")
        assert post(partner, "m1")[0] == 200
        assert len(partner.effects) == 1
        assert partner.duplicates == 1


def test_truncated_garbled_and_redirecting_answers():
    script = ["truncate", "garbage", "redirect"]
    with Partner(SECRET, faults=ScriptedFaults(script)) as partner:
        with pytest.raises(http.client.IncompleteRead):
            post(partner, "m1")
        status, _headers, body = post(partner, "m2")
        assert status == 200
        with pytest.raises(ValueError):
            json.loads(body)
        status, headers, _body = post(partner, "m3")
        assert (status, headers["Location"]) == (307, "/elsewhere")
        assert set(partner.effects) == {"m1", "m2"}


def test_slow_answer_comes_after_its_effect():
    with Partner(SECRET, faults=ScriptedFaults(["slow=0.2"])) as partner:
        started = time.monotonic()
        assert post(partner, "m1")[0] == 200
        assert time.monotonic() - started >= 0.2


def test_hanging_request_ends_when_the_partner_stops():
    with Partner(SECRET, faults=ScriptedFaults(["hang=30"])) as partner:
        connection = http.client.HTTPConnection("127.0.0.1", partner.port, timeout=9)
        headers = standard_webhook_headers(SECRET, "m1", BODY)
        connection.request("POST", "/events", BODY, headers)
        while not partner.counts["requests"]:
            time.sleep(0.01)
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_restarted_partner_keeps_port_and_effects(tmp_path):
    path = tmp_path / "partner.jsonl"
    partner = Partner(SECRET, journal_path=path)
    with partner:
        post(partner, "m1")
        port = partner.port
    with pytest.raises(ConnectionRefusedError):
        post(partner, "m2")
    with partner:
        assert partner.port == port
        assert post(partner, "m1")[0] == 200
    with Partner(SECRET, journal_path=path) as successor:
        assert json.loads(post(successor, "m1")[2])["status"] == "duplicate"


def test_journal_tells_what_happened(tmp_path):
    path = tmp_path / "partner.jsonl"
    with Partner(SECRET, journal_path=path) as partner:
        post(partner, "m1", **{"X-Correlation-Id": "c-1", "Authorization": "x"})
        post(partner, "m2", **{"webhook-signature": "v1,AAAA"})
    first, second = Journal(path).read("request")
    assert first["verified"] and first["effect"] == "applied"
    assert first["headers"]["X-Correlation-Id"] == "c-1"
    assert "Authorization" not in first["headers"]
    assert not second["verified"] and second["effect"] == "refused"
    assert [fact["key"] for fact in Journal(path).read("effect")] == ["m1"]


def test_pages_show_the_effect_and_its_correlation_id():
    with Partner(SECRET) as partner:
        post(partner, "m1")
        assert b"c-1" in get(partner, "/")
        assert json.loads(get(partner, "/stats"))["applied"] == 1
        assert json.loads(get(partner, "/effects"))[0]["key"] == "m1"
        assert json.loads(get(partner, "/effects/m1"))["document"]["id"] == "m1"
        assert json.loads(get(partner, "/effects/m2"))["error"]


def test_wait_for_returns_as_soon_as_the_effect_is_there():
    with Partner(SECRET) as partner:
        assert not partner.wait_for(1, timeout_s=0.05)
        post(partner, "m1")
        assert partner.wait_for(1, timeout_s=0)


# --- plans ---------------------------------------------------------------------------


def test_random_faults_come_at_their_rate_and_are_the_same_in_every_run():
    plan = mixed_faults(0.2, seed=7)
    first = [plan.next(f"m{n}", 1) for n in range(2000)]
    assert 0.17 < sum(fault.is_failure for fault in first) / 2000 < 0.23
    assert first == [mixed_faults(0.2, seed=7).next(f"m{n}", 1) for n in range(2000)]
    assert first != [mixed_faults(0.2, seed=8).next(f"m{n}", 1) for n in range(2000)]
    assert plan.rate == pytest.approx(0.2)


def test_a_message_that_failed_once_can_succeed_later():
    plan = RandomFaults({"500": 0.5})
    assert any(
        plan.next(f"m{n}", 1).is_failure and not plan.next(f"m{n}", 2).is_failure
        for n in range(20)
    )


def test_a_message_fails_no_more_often_in_a_row_than_the_plan_allows():
    plan = RandomFaults({"500": 1.0}, in_a_row_max=3)
    failed = [plan.next("m", attempt).is_failure for attempt in range(1, 9)]
    assert failed == [True, True, True, False] * 2


def test_plan_is_read_from_text():
    plan = parse_plan("500:0.2, 429=date:2:0.05,slow=1.5:0.1")
    assert plan.rate == pytest.approx(0.25)
    assert Fault.parse("429") == Fault("status", 429, retry_after_s=1.0)
    assert Fault.parse("slow=1.5") == Fault("slow", seconds=1.5)


@pytest.mark.parametrize("text", ["500", "nonsense:0.1", "200:0.1", "500:0.7,503:0.7"])
def test_plan_that_makes_no_sense_is_refused(text):
    with pytest.raises(ValueError):
        parse_plan(text)


def test_command_line_names_a_fault_that_it_does_not_know(capsys):
    with pytest.raises(SystemExit):
        main(["--secret", SECRET, "--faults", "meteor:0.1"])
    assert "unknown fault 'meteor'" in capsys.readouterr().err
