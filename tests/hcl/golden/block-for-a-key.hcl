job "web" {
  driver {
    name = "exec"
  }
}
