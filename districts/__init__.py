"""Ground floor: the territory, who may act in it, and how far they see."""
