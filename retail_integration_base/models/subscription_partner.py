"""``retail.subscription``: what the partner itself may do with its subscriptions.

Called by the API in the name of a service user, who may only read: the methods here
check what a partner may ask for and then act. Whose subscriptions they are is the
caller's business (``backend``).
"""

from odoo import api, models

from ..tools.errors import SubscriptionRefused, SubscriptionStateWrong

#: Each costs lanes and a message per event.
PER_BACKEND_MAX = 20
#: A receiver that a partner forgot must not fill our tables for ever.
DISABLE_AFTER_DAYS = 5


class RetailSubscription(models.Model):
    _inherit = "retail.subscription"

    @api.model
    def _partner_create(
        self, backend: models.BaseModel, name: str, url: str, topics: list[str]
    ) -> tuple["RetailSubscription", str]:
        """Make a subscription; return it and its secret, this one time.

        :raises SubscriptionRefused: address or topics that it may not have
        """
        mine = self.sudo()
        if mine.search_count([("backend_id", "=", backend.id)]) >= PER_BACKEND_MAX:
            raise SubscriptionRefused(
                "", f"At most {PER_BACKEND_MAX} subscriptions: close one first."
            )
        self._partner_check_url(backend, url)
        subscription = mine.create(
            {
                "backend_id": backend.id,
                "name": name,
                "url": url,
                "topic_ids": [(6, 0, self._partner_topics(backend, topics).ids)],
                "origin": "partner",
                "disable_after_days": DISABLE_AFTER_DAYS,
            }
        )
        return subscription, subscription._renew_secret()

    def _partner_change(
        self, name: str | None, url: str | None, topics: list[str] | None
    ) -> None:
        """Change what is given; the rest stays."""
        self.ensure_one()
        values: dict[str, object] = {}
        if name is not None:
            values["name"] = name
        if url is not None:
            self._partner_check_url(self.backend_id, url)
            values["url"] = url
        if topics is not None:
            found = self._partner_topics(self.backend_id, topics)
            values["topic_ids"] = [(6, 0, found.ids)]
        self.sudo().write(values)

    def _partner_pause(self) -> None:
        """Keep messages until it is resumed."""
        if self.state == "disabled":
            raise SubscriptionStateWrong("It is disabled; resume it first.")
        self.sudo()._change_state("paused", "Paused by the partner")

    def _partner_resume(self) -> None:
        """Send again, unless we disabled it ourselves."""
        if self.is_locked:
            raise SubscriptionStateWrong(
                "We disabled this subscription: ask us to resume it."
            )
        if not self.url:
            raise SubscriptionStateWrong("It has no address: change that first.")
        self.sudo()._change_state("active", None, failing_since_at=False)

    def _partner_send_test(self) -> models.BaseModel:
        """Create a test event and return its message."""
        if not self.sudo()._is_served():
            raise SubscriptionStateWrong(
                "Nothing is sent to you now: the subscription has to be active, and "
                "sending events to you switched on."
            )
        return self.sudo()._send_test()

    @api.model
    def _partner_check_url(self, backend: models.BaseModel, url: str) -> None:
        fault = self._url_fault(url, backend)
        if fault:
            raise SubscriptionRefused("/url", fault)

    @api.model
    def _partner_topics(
        self, backend: models.BaseModel, names: list[str]
    ) -> models.BaseModel:
        """Return the topics of these names, if they were offered to the partner."""
        offered = backend.sudo().offered_topic_ids
        found = offered.filtered(lambda topic: topic.name in names)
        missing = set(names) - set(found.mapped("name"))
        if missing:
            raise SubscriptionRefused(
                "/topics",
                f"Not offered to you: {', '.join(sorted(missing))}. Offered: "
                f"{', '.join(sorted(offered.mapped('name'))) or 'none, ask us'}.",
            )
        return found
