"""Write a driver down for people: its settings as tables and as blocks to copy, and its whole page."""
