"""What carries sessions to clients, one module or package for each way. No protocol logic here."""
