"""The checks of entry scripts, configurations and command files: text and facts to findings. Pure.

One folder for each thing that is checked; `entry_script` runs those of an entry script, `catalogue` has all rules,
`suppression` what comments silence, `contributions` what others add. May import `analysis` and `formats`, no I/O, and
nothing above. Door: `check.check`. This file imports nothing, so that whoever needs one check does not pay for all.
"""
