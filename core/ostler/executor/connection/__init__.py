"""The embedder's side of the connection to a supervisor."""
