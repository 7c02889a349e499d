"""The demo shop: an invented shop with drawn products and simulated shoppers, the same every time."""
