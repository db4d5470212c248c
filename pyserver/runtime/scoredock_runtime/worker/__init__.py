"""A worker process: imports the entry script, calls init(), and answers each request by run() in its main thread.

May import: `contract`, `base`, `http`, and late `fast_json`, `observability`, `schema` and `shims`; never what belongs
to the parent. Door: `worker.main` (a process of its own) and `worker.work` (a fork of the template).
"""
