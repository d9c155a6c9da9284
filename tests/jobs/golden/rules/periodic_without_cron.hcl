job "periodic" {
  periodic {
    prohibit_overlap = true
  }

  task "t" {
    driver = "exec"
  }
}
