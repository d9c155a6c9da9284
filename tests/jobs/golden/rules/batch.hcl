job "batch" {
  type = "batch"

  update {
    max_parallel = 1
  }

  group "g" {
    migrate {}

    task "t" {
      driver = "exec"
    }
  }
}
