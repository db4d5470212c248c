"""The log of a service: lines that workers print become numbered records in rotated files of bounded size.

May import: `contract` and the standard library. Door: `log_writer.LogWriter`; `log_reader.lines_after` reads what is
stored.
"""
