"""The job specification as tables, one module for each of its regions."""
