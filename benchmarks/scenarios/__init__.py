"""What is asked of the contestants, and how they are measured."""
