"""Scripts and notebook cells that use the SDK from outside a service: names, methods, keywords, the order of things.

Rules SD801 to SD849; `notebooks` has cells. May import `analysis`, `formats` and the checks of the core. Doors:
`contribution`, `script_file.check_script_file`, `notebooks.notebook.check_cells`.
"""
