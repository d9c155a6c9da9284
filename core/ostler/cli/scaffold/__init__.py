"""`ostler driver new`: a package to begin a driver with, complete and tested."""
