# What a driver's block may hold.
job "nested-config" {
  task "t" {
    driver = "mine"

    config {
      number   = 1e3
      fraction = -0.25
      truth    = false
      nothing  = null
      list     = [[1, 2], ["a"], []]
      object = {
        inner = {
          deep = [1]
        }
        "quoted key" = 1
      }
      objects = [{ a = 1 }, { b = 2 }]

      empty {}

      labelled "one" {
        x = 1
      }

      labelled "two" {
        x = 2
      }
    }
  }
}
