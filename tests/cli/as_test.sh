#!/usr/bin/env bash
# as_test.sh RINGBACK: the tests that `repro --as-test` prints for pytest and node fail with the flaw and pass without it.
set -u
RINGBACK=$(realpath "$1")
export RINGBACK
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp tests/example-project/silence.rbt "$scratch"
cd "$scratch" || exit 1
number=0
failed=0

# check TITLE EXPECTED_STATUS COMMAND...
check() {
  local title=$1 expected=$2 status=0
  shift 2
  number=$((number + 1))
  "$@" >log 2>&1 || status=$?
  if ((status == expected)); then
    echo "ok $number - $title"
  else
    echo "not ok $number - $title: exit code $status"
    tail -n 20 log | sed 's/^/# /'
    failed=1
  fi
}

# both SUITE FILE COMMAND...: with the flaw, and without
both() {
  local suite=$1 file=$2
  shift 2
  "$RINGBACK" repro silence.rbt --agent builtin:voice --as-test "$suite" >"$file"
  check "$suite: it fails with the flawed agent" 1 "$@"
  "$RINGBACK" repro silence.rbt --agent 'builtin:voice?retries=1&fallback=spoken' --as-test "$suite" >"$file"
  check "$suite: it passes with the repaired one" 0 "$@"
}

skip() {
  number=$((number + 1))
  echo "ok $number - $1 # SKIP $2"
}

if command -v node >node.path; then both node silence.test.mjs node --test silence.test.mjs; else skip node "node is not there"; fi
if python3 -m pytest --version >pytest.version 2>&1; then
  both pytest test_silence.py python3 -m pytest -q -p no:cacheprovider test_silence.py
else
  skip pytest "pytest is not there"
fi
echo "1..$number"
exit $failed
