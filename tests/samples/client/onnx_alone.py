from azureml.core import Model

model = Model.register(workspace=ws,
                       model_name='digits-net',
                       model_path='digits.onnx',
                       model_framework=Model.Framework.ONNX ,
                       model_framework_version='1.10',
                       description='Reads digits')

its_name = 'digits-service'
service = Model.deploy(ws, its_name, [model])
