az ml service run -n diabetes-service -d '{"data": [[0.1]]}'
