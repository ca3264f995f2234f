"""Reading what lies in a store already: listed once, read at a chosen pace, taken up again where it was killed."""
