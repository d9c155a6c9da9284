job "" {
  name = ""

  group "g" {
    task "ok" {
      driver = ""
    }
  }
}
