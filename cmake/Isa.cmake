# The instruction sets that this processor family has, from the plainest to the widest, and how to
# compile for each. Adding one: a line here, kernels/simd_<isa>.h and kernels/isa_<isa>.cpp.
# CONV4J_ISAS: their names. CONV4J_ISA_FLAGS_<isa>: compiler options.
set(CONV4J_ISAS scalar)
set(CONV4J_ISA_FLAGS_scalar "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  list(APPEND CONV4J_ISAS avx2 avx512)
  set(CONV4J_ISA_FLAGS_avx2 -mavx2 -mfma)
  set(CONV4J_ISA_FLAGS_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma
      -mprefer-vector-width=512)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 warns about the deliberately undefined operands inside its own AVX-512 intrinsics.
    list(APPEND CONV4J_ISA_FLAGS_avx512 -Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  list(APPEND CONV4J_ISAS neon)
  set(CONV4J_ISA_FLAGS_neon "")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Short copies between registers and small arrays must not become calls of memmove. Short loops
  # that lie across blocks of 32 bytes take a sixth longer on a Zen 4, by chance of what stands
  # before them.
  foreach(isa IN LISTS CONV4J_ISAS)
    list(APPEND CONV4J_ISA_FLAGS_${isa} -fno-tree-loop-distribute-patterns -falign-loops=32)
  endforeach()
endif()
