job "web" {
  env = { com.example.x = "1" }
}
