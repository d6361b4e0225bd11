"""The catalogue of mistakes: where each may be made, and its wrong formula."""
