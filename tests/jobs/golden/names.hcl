job "one two" {
  group "" {
    task "" {
      driver = "exec"
    }

    task "alloc" {
      driver = "exec"
    }

    task ".." {
      driver = "exec"
    }

    task "a/b" {
      driver = "exec"
    }

    task "a\\b" {
      driver = "exec"
    }
  }
}
