"""`az ml` command lines in shell scripts, pipelines and cells. Rules SD850 to SD869.

May import `analysis`. Doors: `commands.check_commands`, and for the editor `lines.command_lines` and `table.verbs`.
"""
