"""Dialogs; model and view side by side."""

from . import loyalty_quote_box, loyalty_segment_upload
