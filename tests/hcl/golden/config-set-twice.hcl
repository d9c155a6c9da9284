job "web" {
  config {
    image = "a"
    image = "b"
    port  = min(1, 2)
    mount {
    }
    mount = 1
  }
}
