az ml workspace list --resource-group=<your group here>
