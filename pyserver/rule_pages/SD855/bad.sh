az ml model register -n diabetes -p model.pkl
az ml model deploy -n diabetes-service -m diabetes --ic inferenceconfig.json --dc deploymentconfig.json
