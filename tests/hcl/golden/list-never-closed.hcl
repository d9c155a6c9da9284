job "web" {
  args = ["-c", "true"
  count = 1
}
