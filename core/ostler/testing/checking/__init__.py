"""Run the kit against one installed driver, in a process of its own: what `ostler driver check` starts."""
