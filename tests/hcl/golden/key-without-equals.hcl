job "web" {
  env = {
    A "1"
  }
}
