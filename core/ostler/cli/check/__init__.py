"""`ostler driver check`: hold an installed driver to the contract, and report sentence by sentence."""
