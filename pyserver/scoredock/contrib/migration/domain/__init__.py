"""Assets of Azure ML v1 as files of v2: values in, documents and a report out.

May import `checks`, `formats` and `analysis`. Doors: `services.migrate`, `sdk_script.rewrite`, `az_lines.rewrite`. No
I/O: `features/migration` reads what there is and writes what comes out.
"""
