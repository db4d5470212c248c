"""A Python text as rules see it: tree, scopes, names, imports; and the rules about the text alone. Rules SD10x, SD11x.

May import `analysis`, and no other folder of `checks`. Doors: `script.parse_script`, the function `check_…` of a
module.
"""
