"""What every channel command does alike: join, send, receive, watch."""
