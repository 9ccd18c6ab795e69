"""An order service: HTTP endpoints over a file store, a payment provider, a warehouse, a label printer and scanners."""
