"""Pure schemas of loyalty: no ``odoo`` import here, see ``docs/architecture.md``.

Contracts of messages join base's register when the module is loaded.
"""

from odoo.addons.retail_integration_base.schemas.registry import SCHEMAS

from . import (
    entry_posted,
    platform_member,
    platform_movement,
    points_expiring,
    segment_members,
    tier_changed,
)

SCHEMAS[entry_posted.TOPIC] = entry_posted.EntriesPosted
SCHEMAS[points_expiring.TOPIC] = points_expiring.PointsExpiring
SCHEMAS[segment_members.TOPIC] = segment_members.SegmentMembers
SCHEMAS[tier_changed.TOPIC] = tier_changed.TierChanged
SCHEMAS[platform_member.TOPIC] = platform_member.PlatformMember
SCHEMAS[platform_movement.TOPIC] = platform_movement.PlatformMovement
