from azureml.core import Workspace
ws = Workspace.from_config(path="places/shop_workspace.json")
