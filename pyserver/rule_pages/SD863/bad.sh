az ml service show -name diabetes-service
