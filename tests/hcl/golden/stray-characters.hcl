count = @
driver = a & b
args = $x
