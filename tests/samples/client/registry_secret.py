# Who keeps the images
registry_id = ws.get_details()["containerRegistry"]
registry_name=registry_id.split("/")[-1]
image_url = "\"" + image.image_location + "\","
subscription = ws.subscription_id
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt import containerregistry
manager = ContainerRegistryManagementClient(ws._auth,subscription)
found= manager.registries.list_credentials(group_name, registry_name, custom_headers=None, raw=False)
username = found.username
password = found.passwords[0].value
print('Image {}'.format(image.image_location))
print('Registry {}'.format(registry_name))
print('User {}'.format(username))
print('Secret {}'.format(password))
