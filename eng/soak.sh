#!/usr/bin/env bash
# Trains samples/LongContextSft again and again: undisturbed, killed at random moments and resumed, with adapters, with 2 ranks.
#
#   eng/soak.sh            500 steps of each with up to 6 kills; about five minutes on two quiet cores
#   eng/soak.sh --short    a minute or two, for trying it
#
# Exit code: 0 all held, 1 something did not. artifacts/soak/ has the runs, their output and summary.md; docs/reliability.md says more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

steps=500 kills=6 lora_steps=500 lora_kills=6 rank_steps=500 rank_kills=4 memory_from=50 longest_life=12
if [ "${1:-}" = --short ]; then
  steps=60 kills=2 lora_steps=20 lora_kills=1 rank_steps=20 rank_kills=1 memory_from=30 longest_life=7
elif [ $# != 0 ]; then
  echo "Usage: eng/soak.sh [--short]" >&2
  exit 2
fi

export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} # sums depend on the number of threads; results are compared to the bit
program=artifacts/bin/LongContextSft/release/LongContextSft.dll
out=artifacts/soak
summary=$out/summary.md
missed=0
dotnet build samples/LongContextSft -c Release -v quiet --nologo
rm -rf "$out"
mkdir -p "$out"

train() { # name, steps, further options
  local name=$1 count=$2
  shift 2
  "${launcher[@]}" dotnet "$program" --data samples/data/short.jsonl --max-length 256 --capacity 256 --steps "$count" \
    --save-every 10 --eval-every 50 --resume --out "$out/$name" "$@" >>"$out/$name.log" 2>&1
}
launcher=(env)
ranks=(mpirun --allow-run-as-root --oversubscribe -n 2)

hash_of() { sha256sum <"$out/$1/model/model.safetensors" | cut -c1-64; }

# What a step reports, without times and memory, which differ from run to run.
steps_of() { grep '"kind":"step"' "$out/$1/run.jsonl" | grep -oE '"(step|loss|sequenceLoss|tokenLoss|gradientNorm|tokens|targetTokens)":[^,}]*'; }

row() { # what, found, held or not
  [ "$3" = yes ] || missed=1
  echo "| $1 | $2 | $3 |" | tee -a "$summary"
}

# The program's processes of a run, those under mpirun included; never mpirun itself.
processes_of() { pgrep -f "^dotnet $program .*--out $out/$1( |\$)" || true; }

# Runs until done; after random times up to so many kills hit one random process of the run.
train_and_kill() { # name, kills, steps, further options
  local name=$1 left=$2 job victims
  shift 2
  killed=0 starts=0
  while :; do
    starts=$((starts + 1))
    train "$name" "$@" 2>/dev/null &
    job=$!
    if [ "$left" -gt 0 ]; then
      left=$((left - 1))
      sleep "$((RANDOM % longest_life + 1)).$((RANDOM % 1000))"
      mapfile -t victims < <(processes_of "$name")
      if [ ${#victims[@]} -gt 0 ]; then
        kill -KILL "${victims[RANDOM % ${#victims[@]}]}" 2>/dev/null && killed=$((killed + 1))
      fi
    fi
    if wait "$job"; then return 0; fi
    [ "$starts" -le 40 ] || return 1
    if [ "$killed" -lt "$starts" ]; then
      echo "$name ended without being killed: $out/$name.log" >&2
      return 1
    fi
  done
}

compare() { # what, first, second
  local same=no
  [ "$(hash_of "$2")" = "$(hash_of "$3")" ] && diff <(steps_of "$2") <(steps_of "$3") >"$out/$3.diff" && same=yes
  row "$1" "killed $killed times, started $starts times; model.safetensors $(hash_of "$2" | cut -c1-12) and $(hash_of "$3" | cut -c1-12), $(steps_of "$3" | grep -c '"step"') steps with equal losses and gradient norms" "$same"
}

{
  echo "| what was done | what was found | held |"
  echo "| --- | --- | --- |"
} | tee "$summary"

train whole "$steps"
mapfile -t held_out < <(grep '"kind":"evaluation"' "$out/whole/run.jsonl" | grep -oE '"sequenceLoss":[0-9.]+' | cut -d: -f2)
row "$steps steps, whole model" "loss of a sequence, held out: ${held_out[0]} -> ${held_out[-1]}, expected to fall" \
  "$(awk -v a="${held_out[0]}" -v b="${held_out[-1]}" 'BEGIN { print b < a ? "yes" : "no" }')"
memory_at() { grep "\"kind\":\"step\",\"step\":$1," "$out/whole/run.jsonl" | grep -oE '"peakMemoryBytes":[0-9]+' | cut -d: -f2; }
first=$(memory_at "$memory_from") last=$(memory_at "$steps")
growth=$(((last - first) * 1000 / first))
row "peak memory of the process, step $memory_from and step $steps" "$((first / 1000000)) MB, $((last / 1000000)) MB: + $((growth / 10)).$((growth % 10)) %, at most 5 % expected" "$([ "$growth" -le 50 ] && echo yes || echo no)"

train_and_kill whole-killed "$kills" "$steps" || missed=1
compare "the same, killed and resumed" whole whole-killed

if command -v mpirun >/dev/null 2>&1; then
  train one-process "$rank_steps" --accumulation 2
  launcher=("${ranks[@]}")
  train ranks "$rank_steps" --mpi
  difference=$(paste <(steps_of one-process | grep '"loss"' | cut -d: -f2) <(steps_of ranks | grep '"loss"' | cut -d: -f2) |
    awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > most) most = d; n++ } END { printf "%.1e %d", most, n }')
  row "$rank_steps steps, 2 ranks beside one process with the same batches" "largest difference of a step's loss, steps: $difference; at most 1e-3" \
    "$(awk -v d="${difference% *}" -v n="${difference#* }" -v s="$rank_steps" 'BEGIN { print (d <= 1e-3 && n == s) ? "yes" : "no" }')"
  train_and_kill ranks-killed "$rank_kills" "$rank_steps" --mpi || missed=1
  compare "the same 2 ranks, one of them killed, resumed" ranks ranks-killed
  launcher=(env)
else
  row "2 ranks" "not run: mpirun is not installed" no
fi

train lora "$lora_steps" --lora 8
train_and_kill lora-killed "$lora_kills" "$lora_steps" --lora 8 || missed=1
compare "$lora_steps steps, LoRA of rank 8, killed and resumed" lora lora-killed

[ "$missed" = 0 ] && echo "All held." || echo "Something did not hold; $out has the runs."
exit "$missed"
