"""Several receivers of one backend: each told in its own way, none holds another."""

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models.subscription import URL_CHARS_MAX
from ..tools.clock import utc_now
from ..tools.errors import ConfigurationError
from . import factories as make
from .common_subscriptions import SubscriptionCase
from .fakes import Partner


@tagged("post_install", "-at_install")
class TestFanOut(SubscriptionCase):
    def test_each_subscription_gets_its_own_message_with_an_id_of_its_own(self):
        self.sell(1)
        feed, alarm = self.messages(self.feed), self.messages(self.alarm)
        self.assertEqual((len(feed), len(alarm)), (1, 1))
        self.assertNotEqual(feed.event_key, alarm.event_key)
        self.assertNotEqual(feed.lane_id, alarm.lane_id)
        self.deliver()
        self.assertEqual(self.heard(self.partner), [1])
        self.assertEqual(self.heard(self.other_partner), [1])

    def test_refusal_at_one_does_not_hold_the_same_key_at_the_other(self):
        self.partner.answers = [400]
        self.sell(1, 2, 3)
        self.deliver()
        self.assertEqual(self.states(self.feed), ["dead", "held", "held"])
        self.assertEqual(self.states(self.alarm), ["sent"] * 3)
        self.assertEqual(self.heard(self.other_partner), [1, 2, 3])

    def test_retry_at_one_does_not_hold_the_other(self):
        self.partner.answers = [503]
        self.sell(1, 2)
        self.deliver()
        self.assertEqual(self.states(self.feed), ["retry", "held"])
        self.assertEqual(self.states(self.alarm), ["sent", "sent"])

    def test_only_subscribed_topics_are_told(self):
        ping = self.env.ref("retail_integration_base.topic_ping_v1")
        self.alarm.topic_ids = ping
        self.sell(1)
        self.assertEqual(self.states(self.feed), ["pending"])
        self.assertFalse(self.messages(self.alarm))

    def test_nothing_is_told_while_the_system_sends_no_events(self):
        self.insights.phase_events = False
        self.sell(1)
        self.assertFalse(self.messages(self.feed))

    def test_recording_again_tells_no_subscription_twice(self):
        receipt = make.make_receipt()
        for _again in range(2):
            self.receive(make.make_event(receipt))
            self.work()
        self.assertEqual(len(self.messages(self.feed)), 1)
        self.assertEqual(len(self.messages(self.alarm)), 1)


@tagged("post_install", "-at_install")
class TestStates(SubscriptionCase):
    def test_paused_one_keeps_its_messages_and_sends_them_in_order(self):
        self.feed.action_pause()
        self.sell(1, 2, 3)
        self.deliver()
        self.assertEqual(self.states(self.feed), ["pending"] * 3)
        self.assertEqual(self.heard(self.other_partner), [1, 2, 3])
        self.feed.action_resume()
        self.deliver()
        self.assertEqual(self.heard(self.partner), [1, 2, 3])

    def test_sweep_leaves_the_lanes_of_a_paused_one_alone(self):
        self.sell(1)
        lane = self.messages(self.feed).lane_id
        messages = self.env["retail.outbox.event"]
        self.assertIn(lane.id, messages._due_lane_ids())
        self.feed.action_pause()
        self.env.flush_all()
        self.assertNotIn(lane.id, messages._due_lane_ids())
        self.assertIn(self.messages(self.alarm).lane_id.id, messages._due_lane_ids())

    def test_disabled_one_keeps_what_waits_and_nothing_new(self):
        self.sell(1)
        self.feed.action_disable()
        self.sell(2)
        self.deliver()
        self.assertEqual(self.states(self.feed), ["pending"])
        self.assertFalse(self.partner.received)
        self.feed.action_resume()
        self.deliver()
        self.assertEqual(self.heard(self.partner), [1])

    def test_closed_one_cancels_what_is_left_even_of_a_killed_worker(self):
        self.partner.answers = [400]
        self.sell(1, 2)
        self.sell(3, register="9")
        self.deliver()
        stranded = self.messages(self.feed)[-1]
        self.env.cr.execute(
            "UPDATE retail_outbox_event SET state = 'sending' WHERE id = %s",
            [stranded.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.states(self.feed), ["dead", "held", "sending"])
        exception = self.messages(self.feed)[0].exception_ids
        self.feed.active = False
        self.deliver()
        self.assertEqual(self.states(self.feed), ["cancelled"] * 3)
        self.assertEqual(exception.state, "resolved")
        self.sell(4)
        self.assertEqual(len(self.messages(self.feed)), 3)

    def test_one_with_messages_is_archived_and_not_deleted(self):
        self.alarm.unlink()
        self.sell(1)
        with self.assertRaises(UserError):
            self.feed.unlink()

    def test_address_is_one_that_can_be_called(self):
        for url in (
            "ftp://a.example",
            "a.example/hook",
            "https://",
            "https://user:pass@a.example/",
            "https://a.example/#part",
            "https://a.example/a b",
            "https://a.example:port/",
            "https://a.example/" + "a" * URL_CHARS_MAX,
        ):
            with self.subTest(url[:40]), self.assertRaises(ValidationError):
                self.feed.url = url
        self.feed.url = "https://a.example:8443/hook?key=1"

    def test_address_without_tls_has_to_be_allowed_on_the_system(self):
        self.insights.plain_http = False
        with self.assertRaises(ValidationError):
            self.feed.url = "http://a.example/hook"


@tagged("post_install", "-at_install")
class TestSecrets(SubscriptionCase):
    def verify(self, secret: str, partner: Partner) -> None:
        headers, body = partner.received[-1]
        lowered = {name.lower(): value for name, value in headers.items()}
        Webhook(secret).verify(body, lowered)

    def test_one_without_a_secret_signs_with_that_of_the_system(self):
        self.sell(1)
        self.deliver()
        self.verify(make.SECRET, self.partner)

    def test_own_secret_signs_and_that_of_the_system_no_longer(self):
        secret = self.feed._renew_secret()
        self.sell(1)
        self.deliver()
        self.verify(secret, self.partner)
        with self.assertRaises(WebhookVerificationError):
            self.verify(make.SECRET, self.partner)
        self.verify(make.SECRET, self.other_partner)

    def test_during_a_rotation_both_secrets_are_accepted(self):
        old = self.feed._renew_secret()
        new = self.feed._renew_secret(overlap_s=3600)
        self.sell(1)
        self.deliver()
        for secret in (old, new):
            self.verify(secret, self.partner)

    def test_rotation_without_overlap_ends_the_old_secret(self):
        old = self.feed._renew_secret()
        new = self.feed._renew_secret(overlap_s=0)
        self.sell(1)
        self.deliver()
        self.verify(new, self.partner)
        with self.assertRaises(WebhookVerificationError):
            self.verify(old, self.partner)

    def test_one_whose_secrets_all_ended_sends_nothing_unsigned(self):
        self.feed._renew_secret()
        self.feed.credential_ids.valid_until = "2020-01-01"
        with self.assertRaises(ConfigurationError):
            self.feed._signing_secrets(utc_now())
        self.sell(1)
        self.deliver()
        self.assertFalse(self.partner.received)
        self.assertEqual(self.states(self.feed), ["dead"])

    def test_new_secret_fits_every_scheme(self):
        for scheme in self.env["retail.signature.scheme"].search([]):
            backend = make.make_backend(
                self.env,
                f"s-{scheme.code.replace('_', '-')}",
                signature_scheme_id=scheme.id,
                credential_ids=[],
            )
            subscription = make.make_subscription(backend, "https://a.example/")
            with self.subTest(scheme.code):
                secret = subscription._renew_secret()
                live = subscription._signing_secrets(utc_now())
                self.assertEqual(live, [secret])

    def test_secret_of_a_subscription_is_shown_once_to_who_may_change_it(self):
        steward = make.make_user(self.env, "steward", "group_steward")
        operator = make.make_user(self.env, "operator", "group_operator")
        shown = self.feed.with_user(steward).action_renew_secret()
        self.assertTrue(shown["params"]["message"].startswith("whsec_"))
        self.assertEqual(len(self.feed.credential_ids), 1)
        with self.assertRaises(UserError):
            self.feed.with_user(operator).action_renew_secret()

    def test_secret_stays_with_the_subscription_of_its_system(self):
        with self.assertRaises(ValidationError):
            self.env["retail.credential"].create(
                {
                    "backend_id": self.backend.id,
                    "subscription_id": self.feed.id,
                    "purpose": "webhook_out",
                    "secret": make.SECRET,
                }
            )
