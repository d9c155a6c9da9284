job "first" {
  task "t" {
    driver = "exec"
  }
}

job "second" {}
