"""``retail.loyalty.account``: where points are.

A member's account holds the balance: what is posted, what of it is held, what is still
pending. The program's own accounts (issue, redemption, …) hold none: they would be rows
that every till waits for. Theirs is the sum of entries, with a sum up to
``balanced_until`` kept by ``retail.loyalty.ledger._balance_own_accounts``.

Written only by the SQL of the ledger (``data/ledger/*.sql``).
"""

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one

from ..tools.ledger_chain import GENESIS_HASH
from ..tools.postings import OWN_ACCOUNTS

OPEN = """
    INSERT INTO retail_loyalty_account (program_id, wallet_id, company_id, kind,
        member_id, posted, held, pending, floor, forced_debt, last_sequence,
        previous_hash, last_hash, version)
    SELECT program.id, wallet.id, program.company_id, 'member', member.id, 0, 0, 0,
           -program.debt_limit, 0, 0, %(genesis)s, %(genesis)s, 0
      FROM retail_loyalty_member AS member
      JOIN retail_loyalty_program AS program ON program.id = member.program_id
      JOIN retail_loyalty_wallet AS wallet ON wallet.program_id = program.id
     WHERE (%(members)s IS NULL OR member.id = ANY(%(members)s))
       AND (%(wallet)s IS NULL OR wallet.id = %(wallet)s)
     ORDER BY member.id, wallet.id
        ON CONFLICT (wallet_id, member_id) WHERE member_id IS NOT NULL DO NOTHING
"""


class RetailLoyaltyAccount(models.Model):
    _name = "retail.loyalty.account"
    _description = "Loyalty Account"
    _log_access = False
    _order = "id"

    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, ondelete="restrict", readonly=True
    )
    wallet_id = fields.Many2one(
        "retail.loyalty.wallet", required=True, ondelete="restrict", readonly=True
    )
    company_id = fields.Many2one("res.company", ondelete="restrict", readonly=True)
    kind = fields.Selection(
        [
            ("member", "Member"),
            ("issue", "Issue"),
            ("redemption", "Redemption"),
            ("expiry", "Expiry"),
            ("breakage", "Breakage"),
            ("adjustment", "Adjustment"),
            ("clearing", "Clearing"),
        ],
        required=True,
        readonly=True,
    )
    member_id = fields.Many2one(
        "retail.loyalty.member", ondelete="restrict", readonly=True, index=True
    )
    posted = BigInteger(
        string="Balance",
        required=True,
        readonly=True,
        default=0,
        help="The sum of the account's entries.",
    )
    held = BigInteger(
        required=True,
        readonly=True,
        default=0,
        help="Reserved for payments that are under way.",
    )
    pending = BigInteger(
        required=True,
        readonly=True,
        default=0,
        help="Earned, and spendable once the return window is over.",
    )
    floor = BigInteger(
        required=True,
        readonly=True,
        default=0,
        help="Spending never takes the available points below this.",
    )
    forced_debt = BigInteger(
        required=True,
        readonly=True,
        default=0,
        help="How far returns of goods took the available points below the floor.",
    )
    available = BigInteger(compute="_compute_available")
    balanced_until = fields.Datetime(readonly=True)
    last_sequence = BigInteger(
        string="Entries", required=True, readonly=True, default=0
    )
    previous_hash = fields.Char(required=True, readonly=True, default=GENESIS_HASH)
    last_hash = fields.Char(required=True, readonly=True, default=GENESIS_HASH)
    version = BigInteger(required=True, readonly=True, default=0)
    merged_into_id = LooseMany2one(
        "retail.loyalty.account",
        string="Follows",
        readonly=True,
        help="Where this account's points are, since its member was merged.",
    )

    _member_uniq = models.UniqueIndex(
        "(wallet_id, member_id) WHERE member_id IS NOT NULL",
        "The member has an account in this wallet.",
    )
    _own_uniq = models.UniqueIndex(
        "(wallet_id, kind) WHERE member_id IS NULL",
        "The wallet has this account already.",
    )
    _member_check = models.Constraint(
        "CHECK ((kind = 'member') = (member_id IS NOT NULL))",
        "Members have member accounts.",
    )
    # An equation, so that going below the floor takes a statement that says so: who
    # only moves ``posted`` or ``held`` too far is refused at once.
    _floor_check = models.Constraint(
        "CHECK (kind <> 'member' OR"
        " forced_debt = greatest(0::bigint, floor - (posted - held)))",
        "The points do not suffice.",
    )
    _bounds_check = models.Constraint(
        "CHECK (held >= 0 AND pending >= 0 AND floor <= 0 AND last_sequence >= 0)",
        "Held and pending points cannot be negative.",
    )

    def init(self) -> None:
        """Leave room beside each balance: it changes in place, without its indexes."""
        self.env.cr.execute("ALTER TABLE retail_loyalty_account SET (fillfactor = 60)")

    @api.depends("posted", "held")
    def _compute_available(self) -> None:
        for account in self:
            account.available = account.posted - account.held

    @api.depends("kind", "member_id", "wallet_id")
    def _compute_display_name(self) -> None:
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for account in self:
            whose = account.member_id.display_name or kinds.get(account.kind, "")
            account.display_name = f"{whose} · {account.wallet_id.name}"

    @api.model
    def _open_for(
        self, members: models.BaseModel, wallet: models.BaseModel | None = None
    ) -> None:
        """Open the accounts that ``members`` lack, or all members, in ``wallet``."""
        self.env["retail.loyalty.wallet"].flush_model()
        self.env.cr.execute(
            OPEN,
            {
                "genesis": GENESIS_HASH,
                "members": members.ids or None,
                "wallet": wallet.id if wallet else None,
            },
        )
        self.invalidate_model()
        self.env["retail.loyalty.member"].invalidate_model(["account_ids"])

    @api.model
    def _own(self, wallet: models.BaseModel, kind: str) -> models.BaseModel:
        """Return the program's own account of ``kind``, one of ``OWN_ACCOUNTS``."""
        if kind not in OWN_ACCOUNTS:
            raise ValueError(f"{kind} is no account of a program's own")
        domain = [("wallet_id", "=", wallet.id), ("kind", "=", kind)]
        return self.sudo().search(domain, limit=1)
