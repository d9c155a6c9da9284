job "batch" {
  type = "batch"

  update {
    max_parallel = 1
  }

  multiregion {
    region "west" {}
    region "west" {}
  }

  group "g" {
    migrate {}

    task "t" {
      driver = "exec"
    }
  }
}
