from azureml.core.webservice import Webservice, LocalWebservice

local_config = LocalWebservice.deploy_configuration(port=9001)
service = Model.deploy(ws, "shop-prices", [model], shop_config, local_config)
service.wait_for_deployment(show_output = True)
print(service.state)
