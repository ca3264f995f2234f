"""How many threads the libraries of a worker process start."""

# Each worker is one core's worth of work; libraries that start a thread per core would fight each other.
_LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
ONE_THREAD = dict.fromkeys(_LIBRARIES, "1")
