"""Documents of words and mathematics: what they are made of, how they are drawn for each reader."""
