#!/bin/bash
# exported_symbols.sh LIBRARY
# Fails unless the library exports what JNI looks up and nothing else, binds every symbol when it is
# loaded, stays loaded, and searches no folder of its own for others.
set -euo pipefail

library=$1
failed=0
fail() {
  echo "$library: $1"
  failed=1
}

exported=$(readelf --dyn-syms --wide "$library" |
  awk '$5 != "LOCAL" && $7 != "UND" && $8 != "" && $1 ~ /^[0-9]+:$/ { sub(/@.*/, "", $8); print $8 }')
others=$(grep -vE '^(JNI_OnLoad|JNI_OnUnload|Java_io_github_conv4j_[A-Za-z0-9_]+)$' <<<"$exported" || true)
[[ -z $others ]] || fail "exports more than JNI's functions: ${others:0:200}"
count=$(grep -c '^Java_io_github_conv4j_' <<<"$exported" || true)
[[ $count -gt 0 ]] || fail "exports no function for Java"

dynamic=$(readelf --dynamic --wide "$library")
if grep -qE 'RUNPATH|RPATH' <<<"$dynamic"; then fail "has a RUNPATH"; fi
grep -qE 'BIND_NOW|FLAGS_1.*NOW' <<<"$dynamic" || fail "is not bound at load (BIND_NOW)"
grep -qE 'FLAGS_1.*NODELETE' <<<"$dynamic" || fail "can be unloaded while its threads run (NODELETE)"
if grep -qE 'NEEDED.*(libstdc\+\+|libgcc_s|libgomp|openblas)' <<<"$dynamic"; then
  fail "needs a library that not every machine has: $(grep NEEDED <<<"$dynamic")"
fi
segments=$(readelf --program-headers --wide "$library")
grep -q 'GNU_RELRO' <<<"$segments" || fail "has no RELRO segment"
if grep -qE 'GNU_STACK.* RWE ' <<<"$segments"; then fail "wants an executable stack"; fi

[[ $failed -ne 0 ]] || echo "$library: $count functions for Java, and nothing else"
exit $failed
