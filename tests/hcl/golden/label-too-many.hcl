job "web" "two" {
  task "a" {
  }
  restart "x" {
  }
}
