{
    "name": "Retail Chaos",
    "summary": "Traps that end or stop a worker, and a door to the ledger",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Retail Integration Suite contributors",
    "category": "Hidden",
    "depends": ["retail_integration_base", "retail_loyalty_connector"],
    "installable": True,
}
