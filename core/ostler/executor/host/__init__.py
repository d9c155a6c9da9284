"""What a host has: its users and programs, the sources of mounts, and what can be isolated on it."""
