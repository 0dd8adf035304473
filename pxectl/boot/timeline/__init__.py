"""What each machine did on its way through a boot, and why it stopped."""
