"""Works off batch jobs.

`work` is the job itself: inputs, plan, workers, journal, output. `driving` is the process that does it, `elsewhere` has
its workers on a cluster of Kubernetes or Ray, `former_plans` what planning one came to, `trial` runs the first
mini-batches for Try It, `job_backup` is its part of a backup.
May import `services` and what that may; knows no messages. `work` may import less, as its own first lines say.
"""
