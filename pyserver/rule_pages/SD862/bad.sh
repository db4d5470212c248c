az ml service run -n diabetes-service -d
