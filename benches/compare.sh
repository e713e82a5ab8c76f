#!/bin/bash
# Measures pffkit against other readers of PST files and against the least that its work can cost, and writes docs/performance.md.
#
#   benches/compare.sh                            all of it, with 1 GB: needs 60 GB of disk and several hours
#   benches/compare.sh --only peers --size 300MB  one step
#   benches/compare.sh --scale 100                all of it, a hundredth of everything: to see that it works
#
# Steps: floor peers formats import pipe memory series report. What has been measured is kept in the work directory, so that a run that was
# ended goes on where it was; the directory is removed when all steps are done, unless --keep is given. Needs bash, python3,
# /usr/bin/time; peers that are not installed are left out: readpst (pst-utils), pffexport (pff-tools), pypff (python3-pypff, or
# libpff-python from PyPI, which is newer).
set -euo pipefail

usage() {
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"
    cat <<'END'
  --only STEP[,STEP]  only these steps                  --work DIR    where inputs and results are [$TMPDIR/pffkit-compare]
  --size SIZE         of the main input [1GB]           --output DIR  where the report goes [docs]
  --scale N           divide all other sizes by N [1]   --keep        leave the work directory
  --runs N            rounds of each measurement [5]    --limit SECS  give up on a single run after this [7200]
  --alone             without other readers
END
}

root=$(cd "$(dirname "$0")/.." && pwd)
steps=floor,peers,formats,import,pipe,memory,series,report
size=1GB scale=1 runs=5 limit=7200 keep='' only='' alone='' output=$root/docs
work=${TMPDIR:-/tmp}/pffkit-compare
while [ $# -gt 0 ]; do
    case $1 in
        --only) only=$2 steps=$2; shift ;;
        --size) size=$2; shift ;;
        --scale) scale=$2; shift ;;
        --runs) runs=$2; shift ;;
        --limit) limit=$2; shift ;;
        --work) work=$2; shift ;;
        --output) output=$2; shift ;;
        --keep) keep=1 ;;
        --alone) alone=1 ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

target=${CARGO_TARGET_DIR:-$root/target}
export PATH=$target/release:$PATH
results=$work/results.tsv inputs=$work/inputs.tsv
mkdir -p "$work/in" "$output"
touch "$results" "$inputs"
# What failed is tried again.
sed -i '/\tfailed$/d' "$results"
exec 9>"$work/lock"
flock -n 9 || { echo "another run uses $work" >&2; exit 1; }
begin=$SECONDS running=

finish() {
    [ -z "$running" ] || kill -- "-$running" 2>/dev/null || true
    [ -d "$work" ] || return 0
    rm -rf "$work"/out "$work"/out.* "$work"/in/*.part
    local before
    before=$(cat "$work/seconds" 2>/dev/null || echo 0)
    echo $((before + SECONDS - begin)) >"$work/seconds"
    begin=$SECONDS
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }
has() { command -v "$1" >/dev/null; }
wants() { [[ ,$steps, == *,$1,* ]]; }

# Input $1: a PST file that pffgen makes with the arguments behind it. Made once; the path is left in $file.
input() {
    local name=$1 items=$2
    shift
    file=$work/in/$name.pst
    if ! grep -q "^$name	" "$inputs"; then
        say "input $name: pffgen --messages $*"
        pffgen --loglevel 2 --messages "$@" | mt2pff --loglevel 2 -f -o "$file.part"
        mv "$file.part" "$file"
        printf '%s\t%s\t%s\n' "$name" "$(stat -c %s "$file")" "$items" >>"$inputs"
    fi
}

main_input() {
    # 40 KB a message, as mailboxes have it.
    local messages=$(($(numfmt --from=auto "${size%B}") / 40000 + 1))
    input "main-$size" "$messages" --folders 40 --size "$size"
}
# $2 MB of items of shape $1, 60 KB each.
formats_input() { input "formats-$1-$2MB" $(($2 * 17 + 1)) --folders 20 --size "$2MB" --shape "$1"; }
# $1 items of all sorts without attachments, in folders of about 2500.
series_input() { input "items-$1" "$1" --folders $((($1 + 2499) / 2500)) --attachments none; }

measured() { grep -qF "$1	" "$results"; }

# Runs command $4, a line for bash with $IN and $OUT, and records its time under step $1, input $2, program $3, round $5. A command that
# knows better what is to be counted of its time writes the seconds into $SECONDS_FILE.
once() {
    local key="$1	$2	$3	$5" status=0
    measured "$key" && return
    rm -rf "$work/out"
    mkdir -p "$work/out"
    IN=$file OUT=$work/out SECONDS_FILE=$work/out.seconds setsid timeout "$limit" /usr/bin/time -o "$work/out.time" -f '%e	%U' \
        bash -o pipefail -c "$4" >"$work/out.log" 2>&1 9>&- &
    running=$!
    wait $running || status=$?
    running=
    case $status in
        0 | 1)
            local seconds
            seconds=$(tail -1 "$work/out.time")
            [ ! -s "$work/out.seconds" ] || seconds="$(cat "$work/out.seconds")	${seconds#*	}"
            printf '%s\t%s\tok\n' "$key" "$seconds" >>"$results"
            ;;
        124) printf '%s\t%s\t0\tlate\n' "$key" "$limit" >>"$results" ;;
        *)
            say "$3 on $2 ended with $status: $(tail -1 "$work/out.log")"
            printf '%s\t0\t0\tfailed\n' "$key" >>"$results"
            ;;
    esac
    rm -rf "$work/out" "$work"/out.*
}

# Runs pairs of program and command in turn, round after round, so that what else the machine does meets all of them.
rounds() {
    local step=$1 name=$2 round
    shift 2
    for round in $(seq "$runs"); do
        say "$step: $name, round $round of $runs"
        local pairs=("$@")
        while [ ${#pairs[@]} -gt 0 ]; do
            once "$step" "$name" "${pairs[0]}" "${pairs[1]}" "$round"
            pairs=("${pairs[@]:2}")
        done
    done
}

# The commands of the peers that are there, as pairs for rounds.
peers() {
    pairs=()
    [ -z "$alone" ] || return 0
    if has readpst; then pairs+=(readpst 'readpst -q -D -j 0 -o "$OUT" "$IN"'); else say "readpst is not installed"; fi
    if has pffexport; then pairs+=(pffexport 'pffexport -q -m items -f all -t "$OUT/o" "$IN"'); else say "pffexport is not installed"; fi
    if python3 -c 'import pypff' 2>/dev/null; then
        pairs+=(pypff "python3 '$root/benches/walk.py' \"\$IN\"")
    else
        say "pypff is not installed"
    fi
}

floor_step() {
    main_input
    local floor=$target/release/examples/floor
    pairs=(pff2mt-1 'pff2mt --loglevel 2 --jobs 1 "$IN" | cat >/dev/null' pff2mt-2 'pff2mt --loglevel 2 --jobs 2 "$IN" | cat >/dev/null'
        # Without a reader that needs a share of the processors.
        pff2mt-1-alone 'pff2mt --loglevel 2 --jobs 1 -o /dev/null "$IN"' pff2mt-2-alone 'pff2mt --loglevel 2 --jobs 2 -o /dev/null "$IN"')
    if [ -x "$floor" ]; then pairs+=(floor "'$floor' \"\$IN\" | cat >/dev/null"); else say "floor: no example of this name; left out"; fi
    rounds floor "main-$size" "${pairs[@]}"
}

peers_step() {
    main_input
    peers
    rounds peers "main-$size" pff2mt 'pff2mt --loglevel 2 -o "$OUT/box.mt" "$IN"' "${pairs[@]}"
}

# A file for each mail. Of mail both write the same; of what is no mail readpst leaves out the attachments. The floor writes as many files
# of the same sizes as mt2eml.
formats_step() {
    local shape megabytes floor=$target/release/examples/format_floor tree=$work/in/formats.tree
    for shape in mail mixed; do for megabytes in $((300 / scale)) $((1000 / scale)); do
        formats_input "$shape" "$megabytes"
        pairs=(mt2eml-1 'mt2eml --loglevel 2 --jobs 1 -o "$OUT" "$IN"' mt2eml-2 'mt2eml --loglevel 2 --jobs 2 -o "$OUT" "$IN"')
        if has readpst; then pairs+=(readpst 'readpst -q -D -e -j 0 -o "$OUT" "$IN"'); else say "readpst is not installed"; fi
        if [ -x "$floor" ]; then
            rm -rf "$tree"
            mt2eml --loglevel 2 -o "$tree" "$file"
            pairs+=(floor "'$floor' \"\$IN\" '$tree' \"\$OUT/tree\"")
        else
            say "format_floor: no example of this name; left out"
        fi
        rounds formats "formats-$shape-${megabytes}MB" "${pairs[@]}"
        rm -rf "$tree"
    done; done
}

# Imports a kept stream; its floor writes the same rows and content files.
import_step() {
    main_input
    local floor=$target/release/examples/store_floor mailbox=$work/in/main-$size.box stream=$work/in/main-$size.mt
    [ -e "$stream" ] || { pff2mt --loglevel 2 -o "$stream.part" "$file" && mv "$stream.part" "$stream"; }
    pairs=(mt2exm "mt2exm --at store:\"\$OUT/box\" <'$stream'")
    if [ -x "$floor" ]; then
        [ -e "$mailbox" ] || { mt2exm --at store:"$mailbox.part" <"$stream" && mv "$mailbox.part" "$mailbox"; }
        # Its reading is not counted, nor its compressing, which a second processor can do meanwhile.
        pairs+=(store_floor "'$floor' '$mailbox' \"\$OUT/box\" | sed 's/.*\"seconds\":\([0-9.]*\).*/\1/' >\"\$SECONDS_FILE\"")
    else
        say "store_floor: no example of this name; left out"
    fi
    rounds import "main-$size" "${pairs[@]}"
    rm -rf "$mailbox"
}

pipe_step() {
    main_input
    local stream=$work/in/main-$size.mt
    [ -e "$stream" ] || { pff2mt --loglevel 2 -o "$stream.part" "$file" && mv "$stream.part" "$stream"; }
    rounds pipe "main-$size" \
        reading 'pff2mt --loglevel 2 "$IN" | cat >/dev/null' \
        importing "mt2exm --at store:\"\$OUT/box\" <'$stream'" \
        both 'pff2mt --loglevel 2 "$IN" | mt2exm --at store:"$OUT/box"'
    rm -f "$stream"
}

# The most memory of its own (RssAnon, KiB) that each program of a command had at a time, with no more than 64 MiB allowed.
peak() {
    local name=$1 program=$2 command=$3 status=0
    measured "memory	$name	$program" && return
    say "memory: $program on $name"
    rm -rf "$work/out"
    mkdir -p "$work/out"
    IN=$file OUT=$work/out setsid timeout "$limit" bash -o pipefail -c "ulimit -d 65536; $command" >"$work/out.log" 2>&1 9>&- &
    running=$!
    : >"$work/out.peak"
    while kill -0 $running 2>/dev/null; do
        for pid in $(pgrep -g "$running" || true); do
            awk '/^Name/ { n = $2 } /^RssAnon/ { print n, $2 }' "/proc/$pid/status" 2>/dev/null >>"$work/out.peak" || true
        done
        sleep 0.05
    done
    wait $running || status=$?
    running=
    [ $status -le 1 ] || say "$program on $name ended with $status: $(tail -1 "$work/out.log")"
    local kib
    kib=$(awk -v p="${program%%-*}" '$1 == p && $2 > most { most = $2 } END { print most + 0 }' "$work/out.peak")
    printf 'memory\t%s\t%s\t1\t%s\t0\t%s\n' "$name" "$program" "$kib" "$([ $status -le 1 ] && echo ok || echo failed)" >>"$results"
    rm -rf "$work/out" "$work"/out.*
}

memory_step() {
    local items=$((250000 / scale)) large=$((10000 / scale))
    memory_of() {
        peak "$1" pff2mt 'pff2mt --loglevel 2 -o /dev/null "$IN"'
        peak "$1" mt2exm 'pff2mt --loglevel 2 "$IN" | mt2exm --at store:"$OUT/box"'
        peak "$1" mt2pff 'pff2mt --loglevel 2 "$IN" | mt2pff --loglevel 2 -o "$OUT/box.pst"'
        peak "$1" mt2eml 'mt2eml --loglevel 2 -o "$OUT" "$IN"'
    }
    main_input && memory_of "main-$size"
    input "large-${large}MB" "$items" --folders 40 --size "${large}MB" && memory_of "large-${large}MB"
    rm -f "$file" # The largest one: it is not needed again.
    input "wide-$items" "$items" --folders 1 --shape wide --attachments none && memory_of "wide-$items"
}

# Cost against size. Peers that take too long at one size are not asked for the next one.
series_step() {
    local items
    for items in $((10000 / scale)) $((100000 / scale)) $((1000000 / scale)); do
        series_input "$items"
        peers
        local wanted=(pff2mt 'pff2mt --loglevel 2 "$IN" | cat >/dev/null') i
        for ((i = 0; i < ${#pairs[@]}; i += 2)); do
            if grep -q "^series	items-$((items / 10))	${pairs[i]}	.*	late$" "$results"; then
                say "series: ${pairs[i]} took too long before"
            else
                wanted+=("${pairs[i]}" "${pairs[i + 1]}")
            fi
        done
        # What takes hours is run less often.
        runs=$((items >= 1000000 ? 1 : items >= 100000 && runs > 3 ? 3 : runs)) rounds series "items-$items" "${wanted[@]}"
    done
}

report_step() {
    finish
    {
        printf 'cores\t%s\n' "$(nproc)"
        printf 'memory\t%s\n' "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)"
        printf 'readpst\t%s\n' "$(readpst -V 2>/dev/null | sed -n '1s/.* v//p')"
        printf 'pffexport\t%s\n' "$(pffexport -V 2>/dev/null | awk 'NR == 1 { print $2 }')"
        printf 'pypff\t%s\n' "$(python3 -c 'import pypff; print(pypff.get_version())' 2>/dev/null)"
        printf 'seconds\t%s\n' "$(cat "$work/seconds")"
    } >"$work/machine.tsv"
    python3 "$root/benches/report.py" "$work" "$output"
    say "written: $output/performance.md"
}

for tool in pffgen mt2pff pff2mt mt2exm mt2eml; do
    [ -x "$target/release/$tool" ] || { say "cargo build --release"; (cd "$root" && cargo build --release --bins --examples); break; }
done
for step in ${steps//,/ }; do
    declare -F "${step}_step" >/dev/null || { echo "there is no step $step" >&2; exit 2; }
    "${step}_step"
done
finish
say "all runs together took $(cat "$work/seconds") s"
if grep -q '	failed$' "$results"; then
    say "some runs failed; $work is kept: the next run tries them again"
elif [ -z "$only$keep" ]; then
    rm -rf "$work"
fi
