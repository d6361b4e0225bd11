"""Documents of words and mathematics: what they are made of, and how they are drawn for each reader."""
