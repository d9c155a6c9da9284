job "twice" {
  task "lone" {
    driver = "exec"
  }

  group "lone" {
    task "a" {
      driver = "exec"
    }

    task "a" {
      driver = "exec"
    }
  }
}
