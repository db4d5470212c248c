"""What a run of a pipeline knows, as its platform would: variables, conditions, and the commands that steps print.

May import what `pipelines` may. Door: `state.state_of`. Nothing is run here; `features/pipelines` does.
"""
