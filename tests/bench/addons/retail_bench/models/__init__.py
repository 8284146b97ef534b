"""The table that the bare route fills, and the job that handles one message."""

from . import bench_job, bench_row
