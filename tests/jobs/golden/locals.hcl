locals {
  a = local.b
  b = "${local.c}!"
  c = [for each in ["x"] : local.a]
  me = local.me
  fine = 1
  after = local.a
  all = local
  gone = local.nowhere
  sum = 1 + "one"
}

locals {
  fine = 2

  block {
    x = 1
  }
}

job "locals" {
  name = local.after
  region = local.finee

  group "g" {
    task "t" {
      driver = "exec"
      user = local.sum
    }
  }
}
