// One import brings the whole system, down to images and devices.
@_exported public import AnomalyDetection
@_exported public import Baselines
@_exported public import Datasets
@_exported public import Evaluation
@_exported public import Images
@_exported public import ModelFiles
@_exported public import Networks
@_exported public import StudentTeacher
@_exported public import Tensors
