"""Models with learned weights (extra `learned`): embedders by open_clip or ONNX, keypoint extractors by kornia.

Weights are read from a model's folder (manifest.py); nothing is ever downloaded here. torch, open_clip, kornia and
onnxruntime are imported by the first call that needs them, never when these modules are imported.
"""
