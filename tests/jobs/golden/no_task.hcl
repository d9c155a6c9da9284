job "nothing" {
  group "empty" {}

  group "lacking" {
    task "a" {
      config {
        command = "/bin/true"
      }
    }
  }
}
