"""What becomes of each text about a member when the person is forgotten.

A new text column of a model that names a member fails ``test_erasures.py`` until its
line is here: that line is the decision. Numbers, dates and states name nobody.
"""

#: taken away by ``retail.loyalty.erasure``, at once or when the platform was told
ERASED = {
    "retail.loyalty.consent": {"ip", "ref"},
    "retail.loyalty.member": {"number", "platform_ref", "state_reason"},
    "retail.loyalty.platform.change": {"error", "member_ref", "other_ref"},
    "retail.loyalty.platform.member": {"error", "member_ref"},
    "retail.loyalty.platform.movement": {"error", "member_ref"},
}
#: stays: ids, hashes, words of ours, and reasons, whose fields ask for no names
KEPT = {
    "retail.loyalty.account": {"last_hash", "previous_hash"},
    "retail.loyalty.accrual": {
        *("booked", "came_back", "cancelled", "capped", "detail", "originals"),
        *("parts", "settlement", "sold", "spent"),
    },
    "retail.loyalty.adjustment": {"reason", "uuid"},
    "retail.loyalty.cap.use": {"cap"},
    "retail.loyalty.consent": {
        *("channel", "content_hash", "correlation_id", "text_hash", "text_version"),
        "uuid",
    },
    "retail.loyalty.erasure": {"ref"},
    "retail.loyalty.member": {"uuid"},
    "retail.loyalty.merge": {
        *("correlation_id", "former_state", "moved", "parting_reason", "reason"),
        "uuid",
    },
    "retail.loyalty.platform.change": {"correlation_id", "error_code", "uuid"},
    "retail.loyalty.platform.member": {"error_code", "tier"},
    "retail.loyalty.platform.movement": {
        *("correlation_id", "error_code", "hold_ref", "key", "movement_ref"),
        *("reason", "ref"),
    },
    "retail.loyalty.platform.order": {
        *("correlation_id", "error", "error_code", "movement_ref", "original_uuid"),
        *("gives_uuid", "reason", "ref", "uuid"),
    },
}
