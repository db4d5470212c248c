"""Completion of what is typed in a shell. Pure but for `values` and `answer`.

`scripts` has what `scoredock completion` prints, one for each shell: it asks `scoredock __complete`, whose door is
`answer`. `words` says what may stand at the end of a line, from the declarations of the commands; `values` which names
and files that are. It may import what the command line may, features only where a name is asked for.
"""
