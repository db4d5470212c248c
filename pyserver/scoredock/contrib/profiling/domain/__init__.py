"""Measures services: load at a rate or as fast as it is answered, what is used meanwhile, and the smallest size that
holds a wished latency.

`load` sends, `profile` measures a service that runs, `size_search` searches sizes on a temporary one (`temporary`).
`sizes`, `windows`, `growth`, `search_plan` and `recommendation` are pure. May import deployments and what stands below
them; knows no messages. Doors: `profile.profile`, `size_search.search_size`, `load.Load`.
"""
