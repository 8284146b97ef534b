"""Routes of the bench."""

from . import bench, reconcile
