"""The process that fetches one artifact; it is started by its path and imports nothing else of Ostler."""
