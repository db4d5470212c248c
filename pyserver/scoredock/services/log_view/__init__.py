"""The log of services as a person asks for it: lines that belong together, a filter, one run of several, repeated
errors as one, several services in the order of time.

All is pure but `expression_search`, which asks `search_process`, and what reads through it: `log_filter` and
`log_pages`. May import `run` and `engines.log_files` for the form of the records, and no other part of services.
Door: `log_pages`; the command line and the pages of the editor read through it.
"""
