count = 1e100000
