"""Files of HTTP requests (`.http`), in the grammar that REST Client and the HTTP client of JetBrains share: a text as
typed requests with positions, the variables in them, what a request sends, and the comments that make a test of it.

Pure: files and variables of the environment come in as functions. May import `formats`, `text`, `errors`, `l10n`.
Doors: `parse_http_file`, `VariableResolver`, `sent_request`, `request_text`.
"""
