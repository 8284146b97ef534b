"""``/retail/v1/topics``: the contracts, versions side by side, with their dates."""

from odoo import http
from odoo.models import BaseModel as Records

from ..schemas.api_topic import (
    TopicContract,
    TopicList,
    TopicPlace,
    TopicSummary,
)
from ..schemas.registry import json_schema
from ..tools.api_deprecation import ending_headers
from ..tools.error_api import NotFound
from .api import Call, Reply, operation

PATH = "/retail/v1/topics"


class RetailTopicsController(http.Controller):
    @operation(
        "GET",
        PATH,
        summary="List the contracts",
        description="Every document that may be sent or that we send, in every version "
        "that is in force.",
        tag="Topics",
        proof="nothing",
        answers={200: TopicList},
    )
    def topics(self, call: Call) -> TopicList:
        """Return every contract that is in force."""
        found = call.env["retail.topic"]._published()
        return TopicList(items=[TopicSummary(**topic_facts(topic)) for topic in found])

    @operation(
        "GET",
        f"{PATH}/{{name}}",
        summary="Get one contract with its JSON Schema",
        tag="Topics",
        proof="nothing",
        places=TopicPlace,
        answers={200: TopicContract},
    )
    def topic(self, call: Call) -> Reply:
        """Return one contract; its dates are in the headers too."""
        found = call.env["retail.topic"]._published(call.places.name)
        if not found:
            raise NotFound("There is no topic of this name and version.")
        schema = json_schema(found.name)
        headers = ending_headers([found._ending()])
        contract = TopicContract(**topic_facts(found), schema=schema)
        return Reply(contract, headers=headers)


def topic_facts(topic: Records) -> dict:
    """Return what the list and the page show of a topic."""
    family, _dot, version = topic.name.rpartition(".v")
    return {
        "name": topic.name,
        "family": family,
        "version": int(version),
        "direction": topic.direction,
        "description": topic.description or None,
        "deprecated_date": topic.deprecated_date or None,
        "sunset_date": topic.sunset_date or None,
        "url": f"{PATH}/{topic.name}",
    }
