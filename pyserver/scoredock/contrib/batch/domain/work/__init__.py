"""Batch jobs: what one is to do, its inputs, the plan of its mini-batches, its journal, its output.

May import `errors`, `l10n`, `data_folder`, `run` and the contract of the runtime. Nothing of a row passes through here:
workers read their own rows and write their own results.
Doors: `configuration` for what a job is to do, `jobs` for jobs that are there, `driver` for the process that works one
off.
"""
