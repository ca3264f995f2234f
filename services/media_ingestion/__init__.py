"""Media in, keyframes out."""
