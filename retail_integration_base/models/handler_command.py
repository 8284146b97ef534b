"""``retail.handler.command``: what partners decided about our commands.

Finds the command among the messages sent to the same backend and records the decision.
Works ``retail.command.result.v1``.
"""

from dataclasses import dataclass

from odoo import api, models

from ..tools.command_result import DECISIONS, CommandResult
from ..tools.errors import Conflict, OutOfOrder, PayloadInvalid, RetailError
from .handler import Outcome


@dataclass(frozen=True)
class Decision:
    """One decision and the command that it is about."""

    command: models.BaseModel
    result: CommandResult


class RetailHandlerCommand(models.AbstractModel):
    _name = "retail.handler.command"
    _inherit = "retail.handler"
    _description = "Confirm the command"

    @api.model
    def _prepare_events(
        self, events: models.BaseModel
    ) -> dict[int, Decision | RetailError]:
        documents, refusals = self._read_documents(events)
        verdicts: dict[int, Decision | RetailError] = {**refusals}
        commands = self._find_commands(
            events.backend_id, [one.command_id for one in documents.values()]
        )
        for event_id, document in documents.items():
            result = CommandResult(document.result, document.reason or "")
            command = commands.get(document.command_id)
            verdicts[event_id] = _refusal(command, result) or Decision(command, result)
        return verdicts

    def _find_commands(
        self, backend: models.BaseModel, command_ids: list[str]
    ) -> dict[str, models.BaseModel]:
        found = (
            self.env["retail.outbox.event"]
            .sudo()
            .search([("backend_id", "=", backend.id), ("event_key", "in", command_ids)])
        )
        return {command.event_key: command for command in found}

    @api.model
    def _apply_events(
        self, events: models.BaseModel, prepared: dict[int, Decision | RetailError]
    ) -> dict[int, Outcome]:
        outcomes = {}
        for event in events:
            command, result = prepared[event.id].command, prepared[event.id].result
            # An earlier message of this batch may have settled it.
            refusal = _refusal(command, result)
            if refusal:
                raise refusal
            if command.state == result.decision:
                outcomes[event.id] = Outcome("ignored", self.env._("Known already"))
                continue
            command._settle_command(result)
            outcomes[event.id] = Outcome("done", self.env._("Recorded"))
        return outcomes


def _refusal(
    command: models.BaseModel | None, result: CommandResult
) -> RetailError | None:
    """Return why a result cannot be recorded, ``None`` if it can."""
    if command is None or not command.topic_id.is_command:
        return PayloadInvalid("/data/command_id", "no such command was sent to you")
    if command.state == "sending":
        # Its answer is just being recorded.
        return OutOfOrder("the command's delivery is not recorded yet")
    settled = command.state in DECISIONS and command.state != result.decision
    if settled or command.state == "cancelled":
        return Conflict(
            f"the command is {command.state} here and {result.decision} there"
        )
    if command.state == "pending" and not command.attempt_count:
        return Conflict("a decision about a command that was never sent")
    return None
