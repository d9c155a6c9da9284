driver = "\ud800"
