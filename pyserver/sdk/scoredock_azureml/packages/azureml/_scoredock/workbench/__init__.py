"""The Workbench of 2017 and the first services: its data preparation packages, and the schemas of their samples.
May import: the standard library, `azureml._scoredock` and `azureml.exceptions`; pandas where a table is read.
Door: `data_packages.run`, `service_schemas.generate_schema`.
"""
