# A count may follow from scaling, and the least of scaling from the count.
job "scaled" {
  group "from-min" {
    scaling {
      min = 2
      max = 5
    }

    task "t" {
      driver = "exec"
    }
  }

  group "from-count" {
    count = 3

    scaling {
      max     = 5
      enabled = false
    }

    task "t" {
      driver = "exec"
    }
  }
}
