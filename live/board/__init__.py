"""What a leaderboard is: rows, scores, order, views and deltas. Pure values and functions, standard library only."""
