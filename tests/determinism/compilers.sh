#!/usr/bin/env bash
# compilers.sh RINGBACK: the same runs by the programs that `tools/dev compilers` built with the other compiler and optimisation levels; every
# digest must be that of RINGBACK.
set -u
ringback=$1
here=$(dirname "${BASH_SOURCE[0]}")
builds=(build-gcc-O0 build-clang-O0 build-clang-O2)
missing=()
for build in "${builds[@]}"; do [[ -x $build/tools/ringback/ringback ]] || missing+=("$build"); done
if ((${#missing[@]} > 0)); then
  echo "1..0 # SKIP not built: ${missing[*]}; tools/dev compilers builds them"
  exit 0
fi
expected=$("$here/digests.sh" "$ringback" --print)
echo "1..${#builds[@]}"
number=0
for build in "${builds[@]}"; do
  number=$((number + 1))
  actual=$("$here/digests.sh" "$build/tools/ringback/ringback" --print)
  if [[ -n $expected && $actual == "$expected" ]]; then
    echo "ok $number - $build has the same $(wc -l <<< "$expected") digests"
  else
    echo "not ok $number - $build has the same digests"
    diff <(echo "$expected") <(echo "$actual") | sed 's/^/# /'
  fi
done
