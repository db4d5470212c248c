"""Receivers of events: `table` has each kind of receiver (CloudEvents, Event Grid, OpenTelemetry), a file each;
`webhook` and `program` are the two ways to one.

Another kind is a file with a class of `schema.ReceiverKind`, its row in the table, and its name in `EventSchema` of the
options.
"""
