job "web" {
  driver = "${attr.x"
  count = 1 2
}
