"""Process-wide set-up that has to happen before the first request or job.

Called by Odoo through the manifest; nothing else imports it.
"""

import logging

from .tools.correlation import CorrelationFilter
from .tools.log_guard import QueryValueFilter, SqlValueFilter


def post_load() -> None:
    """Put the correlation id on every log line and payload values on none.

    Filters sit on the handlers, not on the root logger: a logger's filter does not
    see records of its children.
    """
    for handler in logging.getLogger().handlers:
        handler.addFilter(CorrelationFilter())
        handler.addFilter(SqlValueFilter())
        handler.addFilter(QueryValueFilter())
