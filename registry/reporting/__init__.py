"""Makes the page of a run: curves, drawing, events, figures, what differs, environment, warnings; one offline file."""
