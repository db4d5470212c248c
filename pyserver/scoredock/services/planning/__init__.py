"""From what was asked for to what will be done, before anything is changed.

Four steps, each a module and each giving a value: the `inputs` that the request names, what it comes to (`choose`),
the `check` of the person's code, and the `plan`, or the refusal. May import formats, checks, environments, the registry
and the request; no engine is asked and nothing is written. Door: `plan_request`.
"""
