"""The program that is a supervisor: how it comes to life, with what this machine gives it."""
