job "web" {
  restart {
  }
  restart {
  }
}
