job "web" {
  driver = "exec"
  driver = "java"
}
