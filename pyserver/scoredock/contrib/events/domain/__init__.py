"""Events of a workspace: what its audit log says, sent to those who subscribed.

`catalogue` makes an event of a record, `receivers` the body of a request of it. `subscriptions` keeps who subscribed,
`position` how far each of them is. The queue is the audit log itself. May import the registry, `run`, `threads`.
Door: `Receivers`, and `deliver`; `process` is the program that delivers with no editor open.
"""
