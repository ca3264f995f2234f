"""What every service shares: ledger, bus, database, blobs, settings, errors, the service runner."""
