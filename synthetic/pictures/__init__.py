"""The example pictures, painted by our own code: a balloon, a boat and a pinwheel."""
