"""``/retail/v1/loyalty/quotes``: the dry run, by the function that posts."""

from dataclasses import replace

from odoo import http

from odoo.addons.retail_integration_base.controllers.api import Call, operation
from odoo.addons.retail_integration_base.tools.clock import utc_now
from odoo.addons.retail_integration_base.tools.error_api import NotFound
from odoo.addons.retail_integration_base.tools.errors import (
    CurrencyUnknown,
    MappingMissing,
    PayloadInvalid,
    RetailError,
)
from odoo.addons.retail_integration_base.tools.money import format_amount

from ..schemas.api_quote import (
    QUOTE,
    QUOTED,
    QuoteAnswer,
    QuoteBody,
    QuotedOther,
    QuotedPart,
    QuotedRedemption,
    Redeemable,
)
from ..schemas.api_quote_return import (
    RETURN_QUOTE,
    RETURN_QUOTED,
    QuotedRefund,
    QuotedReturn,
    Why,
)
from ..tools import redemption as values
from ..tools.basket import BasketTender
from ..tools.quote import Quote
from ..tools.reasons import Reason
from ..tools.return_quote import ReturnQuote
from .loyalty_common import PATH, READ, member_of, program_of

#: what stands for returned goods among the payments of an exchange
RETURNED = "returned"


class RetailLoyaltyQuotesController(http.Controller):
    @operation(
        "POST",
        f"{PATH}/quotes",
        summary="Ask what a sale earns, what points may pay, what a return takes",
        description="Nothing is written. The answer is what posting the same sale, "
        "return or exchange does, with the reason of every part. Where points of "
        "returned goods are spent and the program reduces refunds, "
        "`returned.refund` says by how much.",
        body=QuoteBody,
        answers={200: QuoteAnswer},
        errors=[NotFound, MappingMissing, CurrencyUnknown],
        examples={
            "body": {"a mug": QUOTE, "a mug comes back": RETURN_QUOTE},
            "answer": {"a mug": QUOTED, "a mug comes back": RETURN_QUOTED},
        },
        **READ,
    )
    def quote(self, call: Call) -> QuoteAnswer:
        """Return what posting this sale would do."""
        env, body = call.env, call.body
        member = env["retail.loyalty.member"]
        if body.member_id:
            member = member_of(call, body.member_id)
            if body.program not in (None, member.program_id.code):
                raise PayloadInvalid("/program", "the member is in another program")
        program = member.program_id or program_of(call, body.program)
        document = body.to_transaction(utc_now())
        (resolution,) = env["retail.resolver"]._resolve_documents(
            call.backend, [document]
        )
        if isinstance(resolution, RetailError):
            raise resolution
        engine = env["retail.loyalty.engine"]
        basket = engine._basket_of_document(document, resolution)
        back = None
        if body.has_returns:
            back = engine._quote_return(
                call.backend, program, document, resolution, member
            )
            # What the returned goods pay is not left to be paid with points.
            value = -sum(line.total for line in document.lines if line.original)
            tenders = (*basket.tenders, BasketTender(RETURNED, value))
            basket = replace(basket, tenders=tenders)
        found = engine._quote(program, basket, member, body.points)
        decimals = resolution.currency_decimals
        answer = _answer(call, program.code, found, decimals)
        return answer if back is None else _with_return(answer, back, decimals)


def _with_return(answer: QuoteAnswer, back: ReturnQuote, decimals: int) -> QuoteAnswer:
    """Return the answer for goods that come back; an exchange earns its net."""
    amounts = {
        "amount": back.refund,
        "in_points": back.refund_points,
        "in_money": back.refund_money,
        "reduction": back.kept,
        "pay_out": back.pay_out,
    }
    returned = QuotedReturn(
        member_id=back.member_uuid,
        taken=dict(back.taken),
        cancelled=back.cancelled,
        restored=back.restored,
        available=back.available,
        missing=back.missing,
        settled=back.settled,
        owed=back.owed,
        written_off=back.written_off,
        refund=QuotedRefund(
            **{name: format_amount(one, decimals) for name, one in amounts.items()}
        ),
        why=Why(code=back.why[0], detail=back.why[1]) if back.why else None,
    )
    nothing = {"parts": [], "skipped": [], "cuts": []}
    update = {"earned": dict(back.granted), "returned": returned, **nothing}
    return answer.model_copy(update=update)


def _answer(call: Call, program: str, quote: Quote, decimals: int) -> QuoteAnswer:
    earned, paid = quote.earned, quote.redemption
    return QuoteAnswer(
        program=program,
        member_id=call.body.member_id,
        currency=call.body.currency,
        earned=earned.wallets,
        parts=[
            QuotedPart(
                line=int(part.line),
                rule=part.name,
                wallet=part.wallet,
                points=part.points,
                why=_why(part.why),
            )
            for part in earned.parts
        ],
        skipped=[QuotedOther(rule=s.name, why=_why(s.why)) for s in earned.skipped],
        cuts=[QuotedOther(rule=cut.source, why=_why(cut.why)) for cut in earned.cuts],
        redeemable=_redeemable(quote.redeemable, decimals),
        redemption=QuotedRedemption(
            points=paid.points,
            amount=format_amount(paid.amount, decimals),
            why=_why(paid.why),
        )
        if paid
        else None,
    )


def _redeemable(offer: values.Redeemable, decimals: int) -> Redeemable:
    return Redeemable(
        points_min=offer.points_min,
        points_max=offer.points_max,
        step=offer.step,
        amount_max=format_amount(offer.amount_max, decimals),
        payable=format_amount(offer.payable, decimals),
        points_to_cover=offer.points_to_cover,
        why=_why(offer.why),
    )


def _why(reason: Reason | None) -> Why | None:
    return Why(code=reason.code, detail=reason.sentence) if reason else None
