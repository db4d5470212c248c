"""The parent of a service: owns the socket, the log and the status, and starts, replaces and stops workers.

May import: `contract`, `base`, `log`, `service_folder`, `template`, and else the standard library only. No code
of the person runs here. Door: `main.serve` in the foreground, `background.start` in the background.
"""
