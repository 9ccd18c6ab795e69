"""What one file says, as small frozen values. Rules never make facts; they read them."""
