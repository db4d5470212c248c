"""The workers of a batch job on other machines: pods of a cluster of Kubernetes (`on_cluster`, `pods`, `job_objects`,
`job_causes`), or actors of a Ray cluster (`on_ray`, `actors`, `ray_package`).

Engines know nothing of batch jobs; what is here uses their connections. Doors: `workers`, and `on_cluster` and `on_ray`
before a job begins.
"""
