job "web" {
  "driver" = "exec"
}
