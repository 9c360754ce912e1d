#!/usr/bin/env bash
# digests.sh RINGBACK: the same runs in processes of their own, each under another environment, locale, working directory and with fresh
# memory poisoned; every digest must be the same. With --print only the digests are printed, for comparing builds.
set -u
ringback=$(realpath "$1")
mode=${2:-compare}
root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat > "$scratch/faults.yaml" <<'YAML'
ringback: 1
faults:
  - {id: bad, where: "tool:*", at: {probability: 1/2}, do: {body: "{not-json"}, optional: true}
  - {id: cut, where: model, at: {response: 3, token: 2}, do: {cut: {code: 1006}}, optional: true}
  - {id: deaf, where: "caller.audi*", at: {time: 4s, for: 3s}, do: silence, optional: true}
YAML
printf 'ringback: 1\nfaults:\n  - {id: bad, where: "tool:*", at: {probability: 1/2}, do: {body: "{not-json"}, optional: true}\n' > "$scratch/typed.yaml"

traces=()
for trace in "$root"/traces/*.rbt; do [[ -f $trace ]] && traces+=("$trace"); done
for cassette in "$root"/../shared/data/pydantic-ai-realtime-ws/*/*.yaml; do
  [[ -f $cassette ]] || continue
  name=$(basename "$(dirname "$cassette")")-$(basename "$cassette" .yaml)
  if "$ringback" import "$cassette" -o "$scratch/$name.rbt" >/dev/null 2>&1; then traces+=("$scratch/$name.rbt"); fi
done

# The builtin agent that a trace is for.
agent_for() {
  local channels
  channels=$("$ringback" info "$1" --json)
  case $channels in
    *openai-realtime*) echo voice ;;
    *'"transcriber"'*) echo cascade ;;
    *openai-chat* | *openai-responses* | *anthropic-messages*) echo chat ;;
    *) echo voice ;;
  esac
}

# run DIRECTORY SURROUNDINGS... -- TRACE OVERLAY: the digest of that run; SURROUNDINGS are what env takes.
run() {
  local directory=$1
  shift
  local -a surroundings=()
  while [[ $1 != -- ]]; do
    surroundings+=("$1")
    shift
  done
  local -a overlay=()
  [[ -n $3 ]] && overlay=(--faults "$3")
  (cd "$directory" && env "${surroundings[@]}" "$ringback" replay "$2" "${overlay[@]}" --seed 7 \
    --agent "builtin:$(agent_for "$2")?retries=2" --json 2>"$scratch/error") | grep -o '"digest":"[0-9a-f]*"' | head -n 1
}

overlay_for() {
  if "$ringback" info "$1" --json | grep -q '"caller.audio"'; then echo "$scratch/faults.yaml"; else echo "$scratch/typed.yaml"; fi
}

results=()
failed=0
report() {
  results+=("$1 - $2")
  [[ $1 == ok ]] || failed=1
}

for trace in "${traces[@]}"; do
  name=$(basename "$trace" .rbt)
  kinds=(plain faults)
  # An hour costs seconds in each surrounding: once is enough.
  (($("$ringback" info "$trace" --json | sed -n 's/.*"duration_ns":\([0-9]*\).*/\1/p') > 1800000000000)) && kinds=(faults)
  for kind in "${kinds[@]}"; do
    overlay=
    [[ $kind == faults ]] && overlay=$(overlay_for "$trace")
    first=$(run "$root" A=1 -- "$trace" "$overlay")
    if [[ -z $first ]] && grep -q 'cannot be replayed in this version' "$scratch/error"; then continue; fi
    if [[ $mode == --print ]]; then
      echo "$name $kind $first"
      continue
    fi
    second=$(run / -i PATH="$PATH" LC_ALL=C PADDING="$(head -c 5000 /dev/zero | tr '\0' x)" MALLOC_PERTURB_=165 -- "$trace" "$overlay")
    third=$(run "$scratch" LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo MALLOC_ARENA_MAX=1 MALLOC_PERTURB_=90 -- "$trace" "$overlay")
    if [[ -n $first && $first == "$second" && $first == "$third" ]]; then
      report ok "$name ($kind) has one digest in three surroundings"
    else
      report "not ok" "$name ($kind) has one digest in three surroundings: '$first', '$second', '$third'"
    fi
  done
done
[[ $mode == --print ]] && exit 0
((${#results[@]} > 0)) || report "not ok" "there is a trace to replay"
echo "1..${#results[@]}"
number=0
for line in "${results[@]}"; do
  number=$((number + 1))
  echo "${line/ - / $number - }"
done
exit $failed
