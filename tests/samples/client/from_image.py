from azureml.core.webservice import AksWebservice, Webservice

# How and under which name
shop_settings = AksWebservice.deploy_configuration()
shop_name ='shop-prices-1'
# The image that was built
service = Webservice.deploy_from_image(workspace = ws,
                                       name = shop_name,
                                       image = image,
                                       deployment_config = shop_settings,
                                       deployment_target = cluster)
# It takes a while
service.wait_for_deployment(show_output = True)
print(service.state)
