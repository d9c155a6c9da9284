job "web" {
  driver =
  count = 1
  args = [,]
}
