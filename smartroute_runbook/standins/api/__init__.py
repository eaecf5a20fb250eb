"""How a request to AWS is received and routed to the operation that answers it."""
