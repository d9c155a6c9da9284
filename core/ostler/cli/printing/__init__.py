"""What the command prints, and to which of its streams."""
