# Run at build time: cmake -DFILES=... -DFLAGS=... -DSOURCE=... -DPROPERTIES=... -P BuildId.cmake
# The build id is the SHA-256 of the native sources, the Java binding and the compiler's flags. It
# goes into the library (SOURCE, a C++ file) and beside the Java classes (PROPERTIES), which compare
# the two when they load the library.
set(digests "${FLAGS}")
separate_arguments(files UNIX_COMMAND "${FILES}")
foreach(file IN LISTS files)
  file(SHA256 "${file}" digest)
  string(APPEND digests "\n${digest}")
endforeach()
string(SHA256 id "${digests}")
file(WRITE "${SOURCE}.new" "#include \"api/build_id.h\"\n\nconst char* const conv4j::kBuildId = \"${id}\";\n")
file(COPY_FILE "${SOURCE}.new" "${SOURCE}" ONLY_IF_DIFFERENT)
file(TOUCH_NOCREATE "${SOURCE}")
if(PROPERTIES)
  file(WRITE "${PROPERTIES}" "build.id=${id}\n")
endif()
