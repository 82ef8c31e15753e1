"""What `agora rtm-chat` does once it is logged in: a prompt for people, a pipe for scripts."""
