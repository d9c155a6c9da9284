job "web" {
  restart { attempts = 1, mode = "fail" }
}
