from azureml.core import Model
from azureml.core.resource_configuration import ResourceConfiguration

model = Model.register(workspace=ws,
                       model_name='prices-ridge',
                       model_path='./prices_ridge.pkl',
                       model_framework=Model.Framework.SCIKITLEARN,
                       model_framework_version='0.24.2',
                       resource_configuration=ResourceConfiguration(cpu=2, memory_in_gb=1.5),
                       description='Guesses prices.',
                       tags={'region': 'north', 'kind': 'ridge'})

its_name = 'prices-service'
service = Model.deploy(ws, its_name, [model])
