service.wait_for_deployment(show_output=True)
print(service.swagger_uri)
