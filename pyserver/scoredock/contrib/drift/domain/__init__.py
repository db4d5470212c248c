"""Compares data sets for drift: what is compared, its record, the verdict, schedules, and how they are written out.

`drift_process` runs in the person's own interpreter, of which nothing is imported here; `comparison` starts it.
`record`, `thresholds`, `schedule`, `report` and `monitor_yaml` are pure; `monitors` keeps a folder for each name.
Doors: `comparison.compare`, `monitors.Monitors`, `record.verdict_of`. May import `run`, `progress`, `data_folder` and
what is for all; nothing of services, environments and the registry: `verbs` says which files are meant.
"""
