wrapper {
  config {
  }
}
wrapper "rules" {
  configuration {
  }
  limits = "off"
}
wrapper "rules" {
  config {
  }
}
wrapper "watch" "twice" {
}
wrapper "trace" {
  config = "x"
}
wrapper "mine" {
  config {
    total = 1 + 1
  }
  config {
  }
}
wraper "rules" {
}
