"""Scripts of the SDK v1 in the words of azure-ai-ml.

`script.py` is the door. `rewriting.py` is one script on its way, `forms.py` has the form of each call, `deployments.py`
that of Model.deploy, `staying.py` what stays in v1; `parallel_runs.py` reads settings of batch deployments, `values.py`
what calls are given; `python_text.py` and `imports.py` write text.
"""
