"""``retail.loyalty.consent``: what members agreed to and withdrew, as said (R13).

Append-only: each row is somebody's word about one purpose at one moment, with its
proof; triggers refuse changes, but for the erasure of what identifies the person. What
counts is derived: the newest word, and of two of one second the withdrawal, in
whatever order they arrived.

Here: the history and its screen's ways in. What counts, and may anybody be addressed
(``_allowed``), is in ``loyalty_consent_reading.py``.
"""

import uuid as uuids

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.retail_integration_base.fields import LooseMany2one
from odoo.addons.retail_integration_base.tools import correlation
from odoo.addons.retail_integration_base.tools.errors import (
    Conflict,
    OwnershipRefused,
    PayloadInvalid,
)

from ..tools.consent import CLOCK_SKEW, GIVEN, PURPOSES, WITHDRAWN, Proof, Word

PURPOSE_NAMES = [
    ("terms", "Terms of the program"),
    ("marketing_email", "Marketing by e-mail"),
    ("marketing_sms", "Marketing by text message"),
    ("marketing_push", "Marketing in the app"),
    ("marketing_post", "Marketing by post"),
    ("profiling", "Personal offers from purchases (profiling)"),
    ("partners", "Sharing with partners"),
]
DECISIONS = [(GIVEN, "Given"), (WITHDRAWN, "Withdrawn")]
INSERT = """
    INSERT INTO retail_loyalty_consent (uuid, content_hash, member_id, program_id,
        company_id, purpose, decision, decided_at, recorded_at, channel, origin,
        store_id, backend_id, text_version, text_hash, ip, ref, user_id,
        correlation_id, copy_of_id)
    VALUES (%(uuid)s, %(content_hash)s, %(member_id)s, %(program_id)s, %(company_id)s,
        %(purpose)s, %(decision)s, %(decided_at)s, %(recorded_at)s, %(channel)s,
        %(origin)s, %(store_id)s, %(backend_id)s, %(text_version)s, %(text_hash)s,
        %(ip)s, %(ref)s, %(user_id)s, %(correlation_id)s, %(copy_of_id)s)
    ON CONFLICT (uuid) DO NOTHING RETURNING id
"""
# Taking away what names the person is the one change there may be.
GUARD = """
    CREATE OR REPLACE FUNCTION retail_loyalty_consent_guard() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND NEW.ip IS NULL AND NEW.ref IS NULL
           AND to_jsonb(NEW) - ARRAY['ip', 'ref'] = to_jsonb(OLD) - ARRAY['ip', 'ref']
        THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'The history of consents is append-only (%).', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END $$ LANGUAGE plpgsql;
    CREATE OR REPLACE TRIGGER retail_loyalty_consent_keep_row
        BEFORE UPDATE OR DELETE ON retail_loyalty_consent
        FOR EACH ROW EXECUTE FUNCTION retail_loyalty_consent_guard();
    CREATE OR REPLACE TRIGGER retail_loyalty_consent_keep_table
        BEFORE TRUNCATE ON retail_loyalty_consent
        FOR EACH STATEMENT EXECUTE FUNCTION retail_loyalty_consent_guard();
"""


class RetailLoyaltyConsent(models.Model):
    _name = "retail.loyalty.consent"
    _description = "Consent"
    _log_access = False
    _order = "decided_at desc, id desc"
    _rec_name = "purpose"
    #: what ``retail.ownership.rule`` can name: each purpose has its system of record
    _shared_fields = dict.fromkeys(PURPOSES, "decision")

    uuid = fields.Char(
        string="Consent ID",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuids.uuid4()),
    )
    content_hash = fields.Char(readonly=True, copy=False)
    member_id = fields.Many2one(
        "retail.loyalty.member", required=True, ondelete="restrict"
    )
    program_id = LooseMany2one("retail.loyalty.program", readonly=True)
    company_id = LooseMany2one("res.company", readonly=True)
    purpose = fields.Selection(PURPOSE_NAMES, required=True)
    decision = fields.Selection(DECISIONS, required=True, default=GIVEN)
    decided_at = fields.Datetime(
        string="Said", required=True, default=fields.Datetime.now
    )
    recorded_at = fields.Datetime(string="Recorded", readonly=True, copy=False)
    channel = fields.Char(
        required=True, default="desk", help="Where they said it: pos, web, app, paper."
    )
    origin = fields.Selection(
        [
            ("screen", "Somebody here, for the person"),
            ("api", "A connected system"),
            ("merge", "Taken over when members were merged"),
            ("unmerge", "Put back when members were parted"),
        ],
        string="Came by",
        required=True,
        readonly=True,
        default="screen",
    )
    store_id = LooseMany2one("retail.store")
    backend_id = LooseMany2one("retail.backend", string="System", readonly=True)
    text_version = fields.Char(
        string="Text", help="Version of the text that the person was shown."
    )
    text_hash = fields.Char(
        string="Hash of the text", help="SHA-256 of exactly that text."
    )
    ip = fields.Char(string="From address", help="Erased with the person.")
    ref = fields.Char(
        string="Reference", help="Form, call or session; erased with the person."
    )
    user_id = LooseMany2one("res.users", string="Recorded by", readonly=True)
    correlation_id = fields.Char(readonly=True, copy=False)
    copy_of_id = LooseMany2one(
        "retail.loyalty.consent", string="Taken over from", readonly=True, copy=False
    )

    _uuid_uniq = models.Constraint("UNIQUE (uuid)", "This consent is known already.")
    _current_idx = models.Index("(member_id, purpose, decided_at DESC, id DESC)")
    _proof_check = models.Constraint(
        "CHECK (decision = 'withdrawn' OR text_version IS NOT NULL)",
        "Say which text the person agreed to.",
    )

    @api.depends("purpose", "decision")
    def _compute_display_name(self) -> None:
        purposes, decisions = (
            dict(self._fields[name]._description_selection(self.env))
            for name in ("purpose", "decision")
        )
        for one in self:
            purpose = purposes.get(one.purpose, "")
            one.display_name = f"{purpose}: {decisions.get(one.decision, '')}"

    def init(self) -> None:
        """Let the database refuse what would rewrite history."""
        self.env.cr.execute(GUARD)

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailLoyaltyConsent":
        """Record what a person said to somebody of ours; for screens."""
        return super().create([self._prepare_asked(vals) for vals in vals_list])

    @api.model
    def _prepare_asked(self, vals: dict) -> dict:
        asked = self.new(vals)
        if not (asked.decision == WITHDRAWN or asked.text_version):
            raise ValidationError(self.env._("Say which text the person agreed to."))
        try:
            word = self._word_of(asked)
        except ValueError as error:
            raise ValidationError(
                self.env._("This is no address: %s", asked.ip)
            ) from error
        if word.decided_at > self.env["retail.loyalty.ledger"]._now() + CLOCK_SKEW:
            raise ValidationError(self.env._("Nobody said that yet."))
        return self._prepare(asked.member_id._survivor(), word)

    @api.model
    def _word_of(self, asked: models.BaseModel) -> Word:
        return Word(
            purpose=asked.purpose,
            decision=asked.decision,
            decided_at=asked.decided_at.replace(microsecond=0),
            channel=asked.channel,
            proof=Proof(
                text_version=asked.text_version or None,
                text_hash=asked.text_hash or None,
                ip=asked.ip or None,
                ref=asked.ref or None,
            ),
            store_id=asked.store_id.id or None,
            uuid=asked.uuid,
        )

    @api.model
    def _say(
        self,
        member: models.BaseModel,
        word: Word,
        *,
        backend: models.BaseModel | None = None,
        origin: str = "screen",
        copy_of: models.BaseModel | None = None,
    ) -> tuple["RetailLoyaltyConsent", bool]:
        """Keep what a member said; return the row and whether it is new.

        Idempotent by the word's id. Of two tries at once the later one is replayed.

        :param backend: the system that tells it; where an ownership rule names another
            one, it may tell withdrawals only
        :raises Conflict: the id is known with other content
        :raises PayloadInvalid: it was said in a time to come
        :raises OwnershipRefused: this purpose belongs to another system
        """
        now = self.env["retail.loyalty.ledger"]._now()
        if word.decided_at > now + CLOCK_SKEW:
            raise PayloadInvalid("/decided_at", "lies in the future")
        if backend:
            self._check_owner(backend, member, word)
        values = self._prepare(member, word, backend, origin, copy_of)
        self.env.flush_all()
        self.env.cr.execute(INSERT, values, log_exceptions=False)
        fresh = self.env.cr.fetchone()
        if fresh:
            self.env["retail.loyalty.member"].invalidate_model(["consent_ids"])
            return self.browse(fresh), True
        known = self.sudo().search([("uuid", "=", word.uuid)], limit=1)
        if known.member_id != member or known.content_hash != word.content_hash:
            raise Conflict("This consent was told before, with other content.")
        return known.sudo(False), False

    @api.model
    def _prepare(
        self,
        member: models.BaseModel,
        word: Word,
        backend: models.BaseModel | None = None,
        origin: str = "screen",
        copy_of: models.BaseModel | None = None,
    ) -> dict:
        program = member.sudo().program_id
        return {
            "uuid": word.uuid,
            "content_hash": word.content_hash,
            "member_id": member.id,
            "program_id": program.id,
            "company_id": program.company_id.id or None,
            "purpose": word.purpose,
            "decision": word.decision,
            "decided_at": word.decided_at,
            "recorded_at": self.env["retail.loyalty.ledger"]._now(),
            "channel": word.channel,
            "origin": "api" if backend else origin,
            "store_id": word.store_id,
            "backend_id": backend.id if backend else None,
            "text_version": word.proof.text_version,
            "text_hash": word.proof.text_hash,
            "ip": word.proof.ip,
            "ref": word.proof.ref,
            "user_id": self.env.uid,
            "correlation_id": correlation.current() or None,
            "copy_of_id": copy_of.id if copy_of else None,
        }

    @api.model
    def _check_owner(
        self, backend: models.BaseModel, member: models.BaseModel, word: Word
    ) -> None:
        rules = (
            self.env["retail.ownership"].sudo()._rules(backend.company_id, self._name)
        )
        rule = rules.get(word.purpose, rules[""])
        # Withdrawing must be as easy as giving: everybody's word is taken.
        if word.decision == WITHDRAWN or not rule or rule.owned_by == "newest":
            return
        if rule.owned_by != "backend" or rule.backend_id != backend:
            raise OwnershipRefused(
                f"Consent for {word.purpose} is kept by {rule._owner_name()}: have it"
                " given there. Withdrawals are taken from everybody.",
                context={"field": word.purpose, "system": backend.name},
            )
