count == 1
