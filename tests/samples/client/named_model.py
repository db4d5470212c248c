from azureml.core.model import Model

model = Model(ws, name='moods')
service = Model.deploy(ws, 'mood-service', [model], mood_config, local_config)

service.wait_for_deployment(True)
print(service.state)
print("Address: " + service.scoring_uri)
