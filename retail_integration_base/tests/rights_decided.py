"""What the hub decided about rights; ``common_rights.py`` holds it against Odoo.

A new model that somebody may write to fails until its line is here: that line is the
decision. Everybody of the module's groups reads every model, but for secrets.
"""

from .common_rights import Decided

DECIDED = Decided(
    module="retail_integration_base",
    day="retail_integration_base/tests/common_security.py",
    shared=frozenset(
        {
            "retail.api.scope",
            "retail.escalation.step",
            "retail.exception.category",
            "retail.signature.scheme",
            "retail.topic",
        }
    ),
    may_change={
        "retail.alert.rule": {"group_steward": "wcd"},
        "retail.api.key": {"group_security": "wcd"},
        "retail.backend": {"group_admin": "wcd"},
        "retail.credential": {"group_security": "wcd"},
        "retail.degradation.policy": {"group_admin": "wcd"},
        "retail.escalation.step": {"group_steward": "wcd"},
        "retail.exception": {"group_operator": "w"},
        "retail.exception.category": {"group_steward": "w", "group_admin": "wcd"},
        "retail.external.id": {"group_operator": "wc", "group_steward": "wcd"},
        "retail.identity": {"group_operator": "wc", "group_steward": "wcd"},
        "retail.ownership.rule": {"group_finance": "w", "group_steward": "wcd"},
        "retail.reconciliation.column": {
            "group_finance": "wcd",
            "group_steward": "wcd",
        },
        "retail.reconciliation.rule": {"group_finance": "wc", "group_steward": "wcd"},
        "retail.retention.policy": {"group_admin": "wcd"},
        "retail.signature.scheme": {"group_security": "wcd"},
        "retail.store": {"group_steward": "wcd"},
        "retail.subscription": {"group_steward": "wcd"},
        "retail.sync.job": {"group_steward": "w", "group_admin": "wcd"},
        "retail.topic": {"group_admin": "wcd"},
        "retail.transaction": {"group_service": "c"},
        "retail.transaction.line": {"group_service": "c"},
        "retail.transaction.tender": {"group_service": "c"},
        "retail.value.map": {"group_operator": "wc", "group_steward": "wcd"},
    },
    service={
        "retail.backend": "r",
        "retail.external.id": "r",
        "retail.identity": "r",
        "retail.inbox.event": "r",
        "retail.order.progress": "r",
        "retail.outbox.event": "r",
        "retail.reconciliation.rule": "r",
        "retail.reconciliation.run": "r",
        "retail.store": "r",
        "retail.subscription": "r",
        "retail.topic": "r",
        "retail.transaction": "rc",
        "retail.transaction.line": "rc",
        "retail.transaction.tender": "rc",
        "retail.value.map": "r",
    },
    openers=frozenset(
        {
            "action_decide",
            "action_export_csv",
            "action_export_xlsx",
            "action_map_and_replay",
            "action_open",
            "action_open_record",
            "action_open_records",
            "action_open_trace",
            "action_print",
            "action_show_lines",
            "action_show_open",
            "action_show_runs",
        }
    ),
    looks=frozenset({"action_verify"}),
    secret=frozenset({"retail.credential", "retail.api.key"}),
    own_business=frozenset({("retail.api.key", "group_security")}),
)
