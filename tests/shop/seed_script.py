"""Creates what RETAIL_SHOP names (see ``__init__.py``); run inside ``odoo shell``."""

import json
import os

env = globals()["env"]
shop = json.loads(os.environ["RETAIL_SHOP"])

env.ref("base.EUR").active = True
env["retail.store"].create(
    [
        {"code": code, "name": f"Store {code}", "tz": "Europe/Brussels"}
        for code in shop["stores"]
    ]
)
env["product.product"].create(
    [{"default_code": p["sku"], "name": p["name"]} for p in shop["products"]]
)
env["retail.value.map"].create(
    [
        {
            "kind": "tax",
            "external_value": code,
            "internal_value": f"VAT-{code}",
            "valid_from": "2020-01-01",
            "state": "approved",
        }
        for code in shop["taxes"]
    ]
)
scheme = env.ref("retail_integration_base.scheme_standard_webhooks")
for backend in shop["backends"]:
    topics = env["retail.topic"].search([("name", "in", backend["subscribes"])])
    told = {"url": backend["event_url"], "topic_ids": [(6, 0, topics.ids)]}
    env["retail.backend"].create(
        {
            "name": backend["code"].title(),
            "code": backend["code"],
            "state": "active",
            "signature_scheme_id": scheme.id,
            # The simulated partners listen on this machine.
            "plain_http": True,
            "private_networks": "127.0.0.0/8",
            "credential_ids": [
                (0, 0, {"purpose": purpose, "secret": shop["secret"]})
                for purpose in ("webhook_in", "webhook_out")
            ],
            "subscription_ids": [(0, 0, told)] if told["url"] else [],
            **backend["fields"],
        }
    )
env.cr.commit()
