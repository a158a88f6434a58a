"""What carries sessions: the Channels consumer, and in time Socket.IO and server-sent events. No protocol logic here."""
