from azureml.core import Model

model = Model.register(workspace=ws,
                       model_name='plants',                         # its name in the registry
                       model_path='./plants_saved_model',           # a folder
                       model_framework=Model.Framework.TENSORFLOW,
                       model_framework_version='2.4.1',
                       description='Names plants')

its_name = 'plants-service'
service = Model.deploy(ws, its_name, [model])
