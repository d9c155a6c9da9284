job "web" {
  count = 1 }
