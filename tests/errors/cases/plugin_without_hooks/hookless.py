blocks = []
