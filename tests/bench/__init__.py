"""What the hub costs, as ratios measured in one run on the real system.

Lives here: the measurements behind ``setup/bench``, their load generator, and a small
Odoo module (``addons/retail_bench``) with what the hub is compared with. Not here:
tests; a time that varies with the machine is no reason for a test to fail.
"""
