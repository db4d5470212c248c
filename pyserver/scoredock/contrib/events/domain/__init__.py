"""Events of a workspace: what its audit log says, sent to those who subscribed.

`catalogue` and `envelopes` are pure: a record becomes an event, an event the body of a request. `subscriptions` keeps
who subscribed, `position` how far each of them is; `webhook` and `program` are the two kinds of receivers. The queue is
the audit log itself. May import the registry, `run`, `threads`.
Door: `Receivers`, and `deliver`; `process` is the program that delivers with no editor open.
"""
