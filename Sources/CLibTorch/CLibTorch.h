// libtorch's own headers are C++ and stay behind CTensors; this module only links the libraries.
