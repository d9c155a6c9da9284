count = true ? 1
