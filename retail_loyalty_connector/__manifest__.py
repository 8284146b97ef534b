{
    "name": "Retail Loyalty Connector",
    "summary": "Points that a bank would accept: holds, lots, reversals, liability",
    "version": "19.0.1.0.0",
    "category": "Sales/Retail Integration",
    "license": "LGPL-3",
    "author": "Retail Integration Suite",
    "depends": ["retail_integration_base", "account"],
    "data": [
        "security/ir.model.access.csv",
        "security/retail_loyalty_rules.xml",
        "data/ir_sequence.xml",
        "data/ir_cron.xml",
    ],
}
