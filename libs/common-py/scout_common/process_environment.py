"""What processes that compute find in their environment, unless the user's own says otherwise."""

# Each is one core's worth of work; libraries that start a thread per core would fight each other.
_LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
_MIB = 2**20
COMPUTING: dict[str, str] = {
    **dict.fromkeys(_LIBRARIES, "1"),
    # glibc gives large arrays back to the system and asks for them again, page by page: a third of SIFT's time.
    "MALLOC_MMAP_THRESHOLD_": str(32 * _MIB),  # the most that it takes
    "MALLOC_TRIM_THRESHOLD_": str(256 * _MIB),
}
