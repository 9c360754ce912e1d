#!/usr/bin/env bash
# install_test.sh BUILD: installs BUILD into a folder of its own, builds tests/example-project against that alone, and uses what came out.
set -u
build=$1
root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log
number=0
failed=0

# check TITLE COMMAND...: one test; what it printed is shown where it fails.
check() {
  local title=$1
  shift
  number=$((number + 1))
  if "$@" >"$log" 2>&1; then
    echo "ok $number - $title"
  else
    echo "not ok $number - $title"
    tail -n 40 "$log" | sed 's/^/# /'
    failed=1
  fi
}

# Nothing that follows can do without it.
need() {
  check "$@"
  ((failed == 0)) && return
  echo "1..$number"
  exit 1
}

# expect_exit CODE COMMAND...
expect_exit() {
  local expected=$1 code=0
  shift
  "$@" || code=$?
  ((code == expected)) || {
    echo "expected exit code $expected, found $code"
    return 1
  }
}

need "it installs" meson install -C "$build" --no-rebuild --quiet --destdir "$scratch/there"
pkgconfig=$(dirname "$(find "$scratch/there" -name ringback.pc)")
prefix=$(cd "$pkgconfig/../../.." && pwd)
# Moved, as a package or an archive would be: nothing may depend on where it was installed.
mv "$prefix" "$scratch/moved"
export PKG_CONFIG_PATH=$scratch/moved${pkgconfig#"$prefix"}
unset CXX CC CXXFLAGS LDFLAGS

# The recorder: two small programs, with nothing but what pkg-config says.
libraries=$(dirname "$(find "$scratch/moved" -name libringback-recorder.so)")
flags() { pkg-config --define-variable=prefix="$scratch/moved" --cflags --libs ringback-recorder; }
record_in_c() {
  cc "$root/tests/capi/example.c" -o "$scratch/in-c" $(flags) &&
    LD_LIBRARY_PATH=$libraries "$scratch/in-c" "$scratch/in-c.rbt"
}
record_in_cpp() {
  c++ -std=c++17 "$root/tests/capi/example.cc" -o "$scratch/in-cpp" $(flags) &&
    LD_LIBRARY_PATH=$libraries "$scratch/in-cpp" "$scratch/in-cpp.rbt"
}
check "a C program records with the installed recorder" record_in_c
check "a C++ program records with the installed recorder" record_in_cpp
same_trace() { "$scratch/moved/bin/ringback" verify "$scratch/in-c.rbt" && "$scratch/moved/bin/ringback" diff "$scratch/in-c.rbt" "$scratch/in-cpp.rbt"; }
check "both are the same trace, and sound" same_trace

no_path_of_the_tree() { ! grep -rE '"(src|sim|tools|include)/' "$scratch/moved/include/ringback"; }
check "installed headers name nothing but installed headers" no_path_of_the_tree
check "the schema for editors is where ringback.pc says" test -s "$(pkg-config --variable=schemadir ringback)/faults.schema.json"
check "the installed program runs" "$scratch/moved/bin/ringback" --version

cp -r "$root/tests/example-project" "$scratch/example"
cd "$scratch/example" || exit 1
need "the example project finds ringback" meson setup build -Ddebug=false
need "the example project builds" ninja -C build
desk=$scratch/example/build/desk

check "the recorded call holds" expect_exit 0 "$desk" replay call.rbt --agent own:desk --verify
faults=(--faults tracking.yaml --expect expect.yaml)
check "a desk that gives up in silence fails" expect_exit 1 "$desk" replay call.rbt --agent own:desk "${faults[@]}"
fixed='own:desk?retries=1&fallback=spoken'
check "a desk that says so holds" expect_exit 0 "$desk" replay call.rbt --agent "$fixed" "${faults[@]}"
check "builtin agents are there too" expect_exit 0 "$desk" replay call.rbt --agent builtin:voice

says() {
  local text=$1
  shift
  "$@" 2>&1 | tee /dev/stderr | grep -qF -- "$text"
}
check "help lists the own agent" says "own:desk" "$desk" replay --help
check "a misspelt agent is named with the nearest" says "did you mean 'own:desk'" "$desk" replay call.rbt --agent own:desk2
check "a misspelt option is named with those there are" says "it has retries and fallback" "$desk" replay call.rbt --agent 'own:desk?tries=1'
check "the command that runs a failing replay again is the project's own program" says "$desk replay call.rbt" \
  "$desk" replay call.rbt --agent own:desk "${faults[@]}"
check "a repro of the flaw still fails with the flawed desk" expect_exit 1 "$desk" repro silence.rbt --regression --agent own:desk
check "the repaired desk passes it" expect_exit 0 "$desk" repro silence.rbt --regression --agent "$fixed"
as_printed() { "$desk" repro silence.rbt --agent "$fixed" --as-test catch2 | diff - silence_test.cc; }
check "the test that it prints is the one that is built here" as_printed
check "the example's own test passes" meson test -C build --no-rebuild
echo "1..$number"
exit $failed
