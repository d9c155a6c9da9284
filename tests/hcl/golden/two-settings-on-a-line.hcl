count = 1 driver = "exec"
