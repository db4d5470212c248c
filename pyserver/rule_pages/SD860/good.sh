az ml model register -n diabetes -p model.pkl
az ml model deploy -n diabetes-service -m diabetes:1 --ic inferenceconfig.json --dc deploymentconfig.json
