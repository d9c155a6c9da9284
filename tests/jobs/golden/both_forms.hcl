job "both" {
  meta = { a = "b" }

  meta {
    c = "d"
  }

  task "t" {
    driver = "exec"

    env {
      A = "b"
    }

    env {
      C = "d"
    }

    meta {
      block {}
    }
  }
}
