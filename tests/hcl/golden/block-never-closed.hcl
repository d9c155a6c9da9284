job "web" {
  task "one" {
    driver = "exec"
}
