"""From what is wanted to a plan: pure functions over plain data, which change nothing and start nothing."""
