"""Facts joined: names linked to definitions, values of references, where functions run, what calls can do."""
