image = Model.package(ws, [model], shop_config, generate_dockerfile=True)
image.wait_for_creation(show_output=True)
# Fetch it.
image.save("./shop_image")
# Where its base comes from.
registry=image.get_container_registry()
print("Server:", registry.address)
print("User:", registry.username)
print("Secret:", registry.password)
