args = [for x y : x]
