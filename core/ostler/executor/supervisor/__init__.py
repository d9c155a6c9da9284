"""The supervisor: one small process per data directory, standard library only."""
