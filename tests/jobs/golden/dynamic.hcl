variable "names" {
  default = ["a"]
}

job "dynamic" {
  group "g" {
    dynamic "task" {
      for_each = 5
      labels   = ["x"]

      content {
        driver = "exec"
      }
    }

    dynamic "task" {
      for_each = var.names

      content {
        driver = "exec"
      }
    }

    dynamic "tusk" {
      for_each = var.names

      content {
      }
    }

    dynamic "task" {
      labels = ["y"]

      content {
        driver = "exec"
      }
    }

    dynamic "task" {
      for_each = var.names
      labels   = [task.value]
    }

    dynamic "task" {
      for_each = var.names
      labels   = [taks.value]

      content {
        driver = task.valu
        drvier = "x"
      }
    }

    dynamic {
    }
  }
}
