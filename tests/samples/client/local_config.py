from azureml.core.webservice import LocalWebservice

local_config = LocalWebservice.deploy_configuration()
