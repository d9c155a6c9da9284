# What a backslash, a dollar and a percent sign may say.
job "escapes" {
  task "t" {
    driver = "exec"

    env {
      CONTROLS = "a\tb\nc\rd"
      QUOTES   = "say \"hi\" \\ bye"
      UNICODE  = "\u00e9 \U0001F600"
      DOLLARS  = "$5 $$ $${HOME} $"
      PERCENT  = "100% %%{if} %"
      EMPTY    = ""
      LETTERS  = "grüße, 世界"
    }
  }
}
