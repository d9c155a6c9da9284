job "web" {
  driver = "exec
  task "one" {
    count = [1, 2
  }
  args = {
    a 1
  }
  count = ${x}
}
count = .5
