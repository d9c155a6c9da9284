driver = "%{ if true }exec"
count = "%{ endif }"
