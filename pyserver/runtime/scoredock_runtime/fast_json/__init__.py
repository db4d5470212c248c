"""JSON for requests and answers, with the same bytes and values as the standard library, sooner where orjson is there.

May import: the standard library, and orjson and NumPy late. Door: `json_loads.install` for the script,
`json_text.to_json` for answers, `json_loads.usable_orjson` for rows of collected data.
"""
