"""`scoredock az ml …`: the command lines of azure-cli-ml (v1) over the same features as all other commands.

`command_line` reads a line by the table of `formats.az_lines`, the modules by noun do what it says and give a value,
`output` prints that as az does. What is asked of Azure alone is refused in one sentence. The door is `main.run`; it may
import what the command line may.
"""
