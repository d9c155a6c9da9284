job "web" {
  driver = "exec
  count  = 1
  args   = [1 2]
}
