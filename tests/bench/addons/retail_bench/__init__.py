"""What the hub is measured against; installed by ``setup/bench`` and nothing else."""

from . import controllers, models
