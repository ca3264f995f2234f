"""Images in, local features out: product pictures at several scales, keyframes at one."""
