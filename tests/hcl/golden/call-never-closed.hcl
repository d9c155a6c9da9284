count = min(1, 2
