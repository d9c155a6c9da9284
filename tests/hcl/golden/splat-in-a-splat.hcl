args = a.*.b.*.c
count = [1, 2].*
