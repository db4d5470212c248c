from azure.ai.ml import MLClient
from azure.identity import DefaultAzureCredential

client = MLClient.from_config(DefaultAzureCredential())
print(client.workspace_name)
