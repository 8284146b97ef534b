"""Two requests that enrol one person at the same moment make one member."""

from odoo.tests import tagged

from ..models.loyalty_member_matching import Key
from . import factories as make
from .common_races import RaceCase


@tagged("post_install", "-at_install", "retail_race")
class TestMemberRaces(RaceCase):
    def enrolling(self, *keys: Key):
        def enrol(ledger):
            env = ledger.env
            program = env["retail.loyalty.program"].browse(self.program_id)
            member, is_new = env["retail.loyalty.member"]._enrol(
                program, list(keys), None
            )
            return member.id, member.partner_id.id, is_new

        return enrol

    def assertOneMember(self, answers):
        members, people, news = zip(*answers, strict=True)
        self.assertEqual(len(set(members)), 1)
        self.assertEqual(len(set(people)), 1)
        self.assertEqual(sum(news), 1)
        self.assertTrue(self.replays)  # else nothing ran at the same time

    def test_new_person_at_two_tills_is_enrolled_once(self):
        """C12, not: two cards for one customer."""
        key = Key("card", make.new_uuid().upper())
        self.assertOneMember(self.at_once(*[self.enrolling(key)] * 3))

    def test_known_customer_recognised_by_two_keys_is_enrolled_once(self):
        keys = [Key("card", make.new_uuid().upper()) for _ in range(2)]

        def know(ledger):
            person = ledger.env["res.partner"].create({"name": "Known"})
            ledger.env["retail.identity"].create(
                [
                    {"kind": key.kind, "value": key.value, "partner_id": person.id}
                    for key in keys
                ]
            )

        self.once(know)
        self.assertOneMember(self.at_once(*(self.enrolling(key) for key in keys)))

    def test_two_people_who_claim_one_new_key_end_with_one_of_them(self):
        claimed = Key("email", f"{make.new_uuid()}@example.com")
        own = [Key("card", make.new_uuid().upper()) for _ in range(2)]
        for key in own:
            self.once(self.enrolling(key))
        self.replays = 0

        def claim(key):
            def work(ledger):
                person = ledger.env["retail.loyalty.member"]._identities_of([key])
                ledger.env["retail.loyalty.member"]._give_keys(
                    person.partner_id, [claimed]
                )
                found = ledger.env["retail.identity"].search(
                    [("value", "=", claimed.value)]
                )
                return found.partner_id.id

            return work

        owners = self.at_once(*(claim(key) for key in own))
        self.assertEqual(len(set(owners)), 1)
        self.assertTrue(self.replays)
