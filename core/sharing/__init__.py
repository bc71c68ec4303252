"""What sharing does to gradients and to training, what breaks it, and what people believe of it."""
