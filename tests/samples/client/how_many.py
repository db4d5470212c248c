from math import ceil
# requests in a second
per_second = 12
# seconds for one
seconds = 3
# at once in one container
at_once = 2
# how busy they may be
share = .6

busy = per_second * seconds / share

# so many containers
containers = ceil(busy / at_once)
