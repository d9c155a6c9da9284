plugin {
  config {
  }
}
plugin "exec" {
  configuration {
  }
  limits = "off"
}
plugin "exec" {
  limits = "required"
  config {
    limits = "best_effort"
  }
}
plugin "java" "twice" {
}
plugin "qemu" {
  config = "x"
}
plugin "mine" {
  config {
    total = 1 + 1
  }
  config {
  }
}
