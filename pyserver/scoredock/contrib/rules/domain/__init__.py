"""Deployment rules: a version of a model that is new, or that an alias points to, goes into a service by itself, after
conditions and behind a canary.

`rule` is what a person says, `state` what has become of it, `rule_folder` where both lie, `progression` the steps from
a candidate to its end. What a condition asks of the project (tests, drift, a command) is handed in: `Judge`.
`rule_backup` is what a backup has of rules.
May import `services` and what that may; knows no messages. Door: `progression.Progression`.
"""
