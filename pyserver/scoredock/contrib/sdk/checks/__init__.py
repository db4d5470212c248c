"""Scripts and notebook cells that use the SDK from outside a service: names, methods, keywords, the order of things.

Rules SD801 to SD849. May import `analysis` and `checks.script`. Doors: `sdk_script.check_sdk_script` for a file,
`sdk_script.check_parsed` for the joined cells of a notebook.
"""
