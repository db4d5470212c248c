"""Uses by a script of the modules, functions and values that tables know: names, arguments, attributes. Rules SD19x.

May import `analysis`, `checks.script` and what `checks.requests` knows of the request. Door: `check.check_library`;
`tables` reads `names.json`.
"""
