"""Second floor: alerts, cases, people, forwardings, deadlines and outcomes."""
