"""People judge what was read: the review queue, the truth that comes of it, accuracy, products that labels propose."""
