"""The machinery behind setup/demo, setup/test, setup/check and setup/bench.

It prepares Python packages, Odoo and PostgreSQL in a cache folder and runs them.
Nothing here knows about retail: the story of the demo lives in setup/story.
"""

import sys

# The modules look for a suitable Python themselves, but cannot even be read by
# one that is older than this.
if sys.version_info < (3, 8):  # noqa: UP036
    sys.exit("This needs Python 3.10, 3.11, 3.12 or 3.13: run it with one of them.")
