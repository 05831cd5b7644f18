"""What is measured of clusters: tables of objects and showers, figures of merit with their errors. Arrays only."""
