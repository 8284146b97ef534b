"""Routes of the bench."""

from . import bench, empty, reconcile
