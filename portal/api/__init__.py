"""The partner API: machines send alerts and ask what became of them."""
