job "twice" {
  task "lone" {
    driver = "exec"
  }

  group "lone" {
    restart {
      attempts = 0
    }

    restart {
      attempts = "x"
    }

    reschedule {}

    reschedule {}

    task "a" {
      driver = "exec"
    }

    task "a" {
      driver = "exec"
    }
  }
}
