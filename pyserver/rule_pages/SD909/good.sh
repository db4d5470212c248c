az ml model list --workspace-name ml --resource-group ml
az storage blob list --container-name models --connection-string "$STORE"
