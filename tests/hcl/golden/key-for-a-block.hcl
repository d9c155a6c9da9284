job "web" {
  restart = { attempts = 1 }
  task    = "x"
}
