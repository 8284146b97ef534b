{
    "name": "Retail Bench",
    "summary": "Baselines that the bench measures the hub against",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Retail Integration Suite contributors",
    "category": "Hidden",
    "depends": ["retail_integration_base"],
    "data": ["security/ir.model.access.csv", "data/topic.xml"],
    "installable": True,
}
