# Warnings are errors for every target of ours; generated JNI code is compiled without them.
add_library(conv4j_warnings INTERFACE)
target_compile_options(conv4j_warnings INTERFACE
  -Werror -Wall -Wextra -Wconversion -Wshadow -Wcast-align -Wdouble-promotion
  -Wnon-virtual-dtor -Wundef -Wvla)
