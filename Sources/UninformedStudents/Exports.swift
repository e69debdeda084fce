// One import brings the whole system, down to images. Of numerics only what its interfaces name: who computes
// with tensors imports `Tensors` and `Networks`.
@_exported public import AnomalyDetection
@_exported public import Baselines
@_exported public import Datasets
@_exported public import Downloads
@_exported public import Evaluation
@_exported public import Images
@_exported public import Inspection
@_exported public import ModelFiles
@_exported public import protocol Networks.Encoder
@_exported public import struct Networks.PatchDescriptor
@_exported public import enum Networks.ReceptiveField
@_exported public import func Networks.encoder
@_exported public import enum ONNX.ONNXError
@_exported public import StudentTeacher
@_exported public import struct Tensors.Adam
@_exported public import struct Tensors.Device
@_exported public import enum Tensors.Padding
@_exported public import class Tensors.ProcessGroup
@_exported public import enum Tensors.ProcessGroupError
@_exported public import struct Tensors.Rendezvous
@_exported public import enum Tensors.Runtime
