model.add_tags({'cpu': details['requestedCpu'],
                'memory': details['requestedMemoryInGb']})
