image = Model.package(ws, [model], shop_config)
image.wait_for_creation(show_output=True)
