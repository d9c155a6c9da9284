# What the operator of this machine decides; paths are relative to this file.

client {
  # The directories of ended allocations that are kept for a look at their logs.
  gc_max_allocs = 3

  artifact {
    # Files of this host may be fetched, but only from here. Without this block only http and https are.
    allowed_schemes = ["file", "https"]
    allowed_paths   = ["../build/demo"]
  }
}

plugin "exec" {
  config {
    # An ordinary user may not set every limit on every machine: then go on, and say so.
    limits = "best_effort"
  }
}
