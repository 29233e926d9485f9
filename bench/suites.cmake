# The benchmarks, one program per folder, one line per file:
# cleave_bench(kernels
#   conv2d_bench.cpp
# )
