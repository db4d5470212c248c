az ml model register -n diabetes -p model.pkl
az ml model deploy -n diabetes-service -m diabetes:1 --ic inferenceconfg.json --dc deploymentconfig.json
