where = Model(ws,'house_prices').download()
