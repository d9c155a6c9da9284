"""What a job file gets from outside, variables above all, and what it makes of it: local values."""
