driver = "C:\path"
