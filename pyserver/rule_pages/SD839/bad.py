from azureml.core import Workspace

ws = Workspace.get("<my-workspace>", subscription_id="5a3b8d2c-0d1e-4f9a-8a77-2f1f1a0c9e11", resource_group="models")
print(ws.name)
