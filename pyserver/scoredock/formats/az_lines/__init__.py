"""`az ml` command lines: where they are in a text, of which words they consist, and every command and option there is.

May import what `formats` may. Doors: `lines.command_lines`, `table.verbs`, `v1_commands.COMMANDS`.
"""
