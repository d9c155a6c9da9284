variable "count" {
  default = 2
}

locals {
  name = "x"
}

job "later" {
  datacenters = concat(["a"], ["b"])

  group "g" {
    count = var.count

    dynamic "task" {
      for_each = ["a", "b"]
      labels   = [task.value]

      content {
        driver = "exec"
      }
    }

    task "t" {
      driver = "exec"

      env {
        A = upper("x")
      }

      config {
        command = 1 == 2 ? "a" : "b"
        args    = [for x in ["a"] : x]
      }
    }
  }
}
