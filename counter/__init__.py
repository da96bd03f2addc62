"""What every channel shares: the conversation, the desk that runs the services, proving who asks."""
