"""The drivers that come with Ostler, each through the same entry points as a stranger's."""
