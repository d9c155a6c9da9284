# A job that waits for its payload, with the page that shows it.
job "dispatched" {
  type      = "batch"
  node_pool = "gpu"

  parameterized {
    payload       = "required"
    meta_required = ["dc"]
    meta_optional = []
  }

  ui {
    description = "Takes **orders**."

    link {
      label = "Docs"
      url   = "https://example.com/docs"
    }

    link {
      label = "Code"
      url   = "https://example.com/code"
    }
  }

  meta {
    dc = "none"
  }

  task "work" {
    driver = "exec"
    kind   = "worker"

    env {
      DC = "${NOMAD_META_dc}"
    }
  }
}
