job "lone" {
  group "proper" {
    task "inside" {
      driver = "exec"
    }
  }

  # Tasks that stand directly in a job come first, each a group of its own.
  task "first" {
    driver = "raw_exec"
  }

  task "second" {
    driver = "java"
    leader = true
  }
}
