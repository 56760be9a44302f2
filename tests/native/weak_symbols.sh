#!/bin/bash
# weak_symbols.sh NM LIBRARY ISA...
# Fails when the object isa_<ISA> of the static library defines a weak symbol, or any global one but
# its fill function: the linker keeps one copy of an inline function for everyone, and must not get
# the chance to keep one that only some CPUs can run.
set -euo pipefail

nm=$1
library=$2
shift 2
failed=0
for isa in "$@"; do
  object="isa_$isa.cpp.o"
  # One heading a member, "library[member]:" from GNU's nm and "library:member:" or "member:" from
  # LLVM's; then name, type, value and size.
  symbols=$("$nm" --defined-only --extern-only --format=posix "$library" 2>/dev/null |
    awk -v member="$object" '/:$/ { inside = index($0, member) > 0; next } inside && NF { print $2, $1 }')
  fill="T _ZN6conv4j${#isa}${isa}4fillEPNS_11KernelTableE"
  if [[ $symbols != "$fill" ]]; then
    echo "$object should define the global symbol '$fill' and no other, but has:"
    echo "${symbols:-none}"
    failed=1
  else
    echo "$object: $fill and nothing else"
  fi
done
exit $failed
