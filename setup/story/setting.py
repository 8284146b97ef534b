"""The facts of the demo that its data and its chapters share.

Constants only, importable inside Odoo's shell and outside.
"""

from __future__ import annotations

TIME_ZONE = "Europe/Brussels"
STORES = {"12": "Ghent", "17": "Antwerp"}
REGISTERS_PER_STORE = 2
WEBSHOP = "acme-eu"

#: Codes of the backends.
TILLS = "pos-north"
SHOP = "shop-eu"
ANALYTICS = "insights"
LOYALTY = "loyalty-lab"

#: Where the simulated subscribers listen, if nobody else does.
PARTNER_PORTS = {ANALYTICS: 8091, LOYALTY: 8092}

#: Roles that may sign in; the password is the login.
OPERATOR = "operator"
FINANCE = "finance"

#: Numbers of customers that Odoo knows; see the simulators' ``customer_document``.
KNOWN_CUSTOMERS = (9, 15, 21, 33, 45)

#: The article number that store 12's till still uses, and what it means here.
OLD_SKU = "TOTE-OLD"
OLD_SKU_MEANS = "BAG-TOTE"

#: How often a day was played on this database.
PLAYS_PARAMETER = "retail_demo.plays"

#: Loyalty: our own program, and one that a platform (Square, simulated) runs.
FRIENDS = "friends"
CLUB = "partner-club"
CLUB_PLATFORM = "square-club"
PLATFORM_TOKEN = "square-demo-token"
PLATFORM_LOCATION = "P034NEENMD09F"
#: Numbers and phones of the club's members; the phones are kept free for drama.
CLUB_MEMBERS = {"C-200001": "+14155550101", "C-200002": "+14155550102"}
#: Known customers with points at the end of their life: gone today, and in a few days.
LAPSING, LAPSING_POINTS = 33, 120
SOON_TO_LAPSE, SOON_POINTS = 21, 90
