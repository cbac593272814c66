"""What runs inside every site: its configuration's way in, its installation, and how its content moves."""
