"""The Language Server Protocol: framing, endpoint and progress; diagnostics, editing and navigation of open documents.

May import `features`, `language`, `checks`, `formats`, `analysis` and `protocol`; only `server` imports it. Doors:
`endpoint.Endpoint`, `diagnostics.Diagnostics`, `editing.wire`.
"""
