job "made" {
  group "made" {
    dynamic "task" {
      for_each = 3
      labels   = [task.value]

      content {
        driver = "exec"
      }
    }
  }
}
