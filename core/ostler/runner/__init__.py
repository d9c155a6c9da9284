"""Running allocations: the lifecycle of tasks, their restarts, ends, events and records."""
