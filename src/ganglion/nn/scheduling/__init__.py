"""The schedules of the learning rate, by what they look like."""
