"""Dialogs; model and view side by side."""

from . import (
    loyalty_member_suspension,
    loyalty_merge_wizard,
    loyalty_quote_box,
    loyalty_segment_upload,
)
