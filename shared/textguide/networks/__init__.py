"""Networks: encoders, blocks, and one file per paper in `nets`."""
