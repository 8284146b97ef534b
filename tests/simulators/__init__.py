"""Partner systems as real HTTP servers and clients, for tests, demo and bench.

Lives here: ``partner`` (receives what the hub sends, with faults), ``sender`` (sends to
the hub what tills, webshops and Shopify send), ``generate`` and its neighbours (made-up
but exact documents), ``journal`` (what really happened, kept outside Odoo). Not here:
any import of Odoo or of the suite; the simulators must not share its mistakes.
"""
