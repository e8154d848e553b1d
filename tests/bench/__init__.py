"""Speed, as ratios in one run: what a claim about speed in this project rests on."""
