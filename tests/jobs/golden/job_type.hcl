job "kind" {
  type = "bach"

  task "t" {
    driver = "exec"
  }
}
