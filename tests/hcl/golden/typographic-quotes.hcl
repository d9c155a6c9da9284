job "web" {
  driver = “exec”
}
