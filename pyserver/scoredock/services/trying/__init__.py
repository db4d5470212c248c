"""A script run once in a throw-away worker, and what that means as findings.

May import planning and staging, the process engine and the checks. Door: `script_run.try_script`.
"""
