# Groups keep the order of the text, and tasks without a group stand before them.
job "several-groups" {
  group "b" {
    task "one" {
      driver = "exec"
    }

    task "two" {
      driver = "raw_exec"
    }
  }

  group "a" {
    count = 0

    task "one" {
      driver = "exec"
    }
  }

  task "alone" {
    driver = "exec"

    meta {
      k = "v"
    }
  }
}
