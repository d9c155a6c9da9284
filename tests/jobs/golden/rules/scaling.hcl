job "scaling" {
  group "reversed" {
    scaling {
      min = 3
      max = 2
    }

    task "t" {
      driver = "exec"
    }
  }

  group "beyond" {
    count = 9

    scaling {
      min = 1
      max = 5
    }

    task "t" {
      driver = "exec"
    }
  }

  group "below" {
    count = 1

    scaling {
      min = -1
      max = -2
    }

    task "t" {
      driver = "exec"
    }
  }
}
