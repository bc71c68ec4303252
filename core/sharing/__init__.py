"""What sharing does: uses and their gradients, training beside an untied twin, what breaks a tie, misconceptions."""
