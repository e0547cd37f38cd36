"""The ledger: invoices, payments, tax, numbers. It never touches the network."""
