"""Sends the tests of a file to a service, which it starts for the length of a run or which runs, and compares the
answers with what they expect. May import services and what stands below them; knows no messages.

Doors: `temporary_service`, `run_file`, `verdict`.
"""
