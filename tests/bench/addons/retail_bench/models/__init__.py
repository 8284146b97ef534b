"""The table that the bare route fills, and the job and handler for one message."""

from . import bench_job, bench_row, handler_bench, reconciliation_source_bench
