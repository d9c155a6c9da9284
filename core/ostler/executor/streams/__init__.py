"""What a process reads, and the terminal it may have."""
